using System.Net;
using System.Net.Sockets;
using BlockSnap.Cli;
using BlockSnap.Nbd;

namespace BlockSnap.Tests.Cli;

public class EndPointTextTests
{
    [Theory]
    [InlineData("127.0.0.1:10809", false, false, "nbd://127.0.0.1:10809/")]
    [InlineData("[::1]:10809", false, false, "nbd://[::1]:10809/")]
    [InlineData("[::1]:10809", false, true, "nbds://[::1]:10809/")] // who comes without TLS is refused, here and below
    [InlineData("192.0.2.1:10809", false, false, "nbds://192.0.2.1:10809/")]
    [InlineData("192.0.2.1:10809", true, false, "nbd://192.0.2.1:10809/")]
    [InlineData("[2001:db8::1]:10809", false, false, "nbds://[2001:db8::1]:10809/")]
    public void UriOf_Address_IsOneThatTheServerTakes(string endPoint, bool allowPlaintext, bool asksForCertificates, string uri) =>
        Assert.Equal(uri, EndPointText.UriOf(IPEndPoint.Parse(endPoint), new NbdServerOptions { AllowPlaintext = allowPlaintext, ClientAuthorities = asksForCertificates ? [] : null }));

    [Fact]
    public void UriOf_UnixSocket_NamesItsFile() =>
        Assert.Equal("nbd+unix:///?socket=/run/my%20vm.sock", EndPointText.UriOf(new UnixDomainSocketEndPoint("/run/my vm.sock"), new NbdServerOptions()));
}
