using System.CommandLine;

namespace BlockSnap.Cli;

/// <summary>
/// The whole command: parses the command line, runs the command's body, and reports. Exit code 0 done, 1 refused or failed, 2 misused.
/// With --json exactly one document goes to standard output, in all three cases.
/// </summary>
internal static class BlockSnapCommand
{
    // A word that starts with '@' is a mistyped snapshot, not the name of a file with arguments.
    private static readonly ParserConfiguration s_parser = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    public static async Task<int> InvokeAsync(
        string[] args, CommandConsole console, CancellationToken cancellationToken = default, ServedPool? served = null)
    {
        ParseResult arguments = CommandTree.Create().Parse(args, s_parser);
        if (arguments.Errors.Count == 0 && arguments.Action is not null)
        {
            // Help, version and shell completion.
            var configuration = new InvocationConfiguration { Output = console.Output, Error = console.Error };
            return await arguments.InvokeAsync(configuration, cancellationToken);
        }

        // Where parsing failed, only the words themselves tell whether --json was given.
        bool json = args.TakeWhile(word => word != "--").Contains(CommandTree.JsonOptionName);
        Outcome outcome = await RunAsync(arguments, args, console, json, cancellationToken, served);
        try
        {
            await (json ? outcome.WriteJsonAsync(console) : outcome.WriteTextAsync(console));
            return outcome.ExitCode;
        }
        catch (IOException exception)
        {
            // Nobody reads standard output any more. Half a document may have been written, and a second one would not mend it.
            Failure failure = Failure.From(exception);
            await failure.WriteTextAsync(console);
            return failure.ExitCode;
        }
    }

    private static async Task<Outcome> RunAsync(
        ParseResult arguments, string[] words, CommandConsole console, bool json, CancellationToken cancellationToken, ServedPool? served)
    {
        Command command = arguments.CommandResult.Command;
        if (arguments.Errors.Count > 0 || command is not VerbCommand verb)
        {
            string message = string.Join(' ', arguments.Errors.Select(error => error.Message).DefaultIfEmpty("A command is missing."));
            return Failure.OfMisuse(command, message);
        }

        try
        {
            if (served is null && verb.SharedPool is { } pool
                && await ControlSocket.TryConnectAsync(arguments.GetRequiredValue(pool), cancellationToken) is { } server)
            {
                // The serving process runs the same command line, and its output comes back here.
                return new Silence { ExitCode = await ControlClient.RunAsync(server, verb, words, console, cancellationToken) };
            }

            return await verb.Body(new CommandContext(arguments, console, json, cancellationToken, served));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && EndsByInterruption(verb, arguments))
        {
            return new Silence();
        }
        catch (UsageException misuse)
        {
            return Failure.OfMisuse(command, misuse.Message);
        }
        catch (Exception exception)
        {
            return Failure.From(exception);
        }
    }

    private static bool EndsByInterruption(VerbCommand verb, ParseResult arguments) =>
        verb.UntilInterrupted is { } option && arguments.GetValue(option);
}
