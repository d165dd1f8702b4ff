using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>
/// How documents are written: by generated code without reflection, so that the command can be trimmed. Scripts rely on the shapes.
/// </summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ErrorResult))]
[JsonSerializable(typeof(HelpResult))]
[JsonSerializable(typeof(PoolResult))]
[JsonSerializable(typeof(DiskResult))]
[JsonSerializable(typeof(DiskListResult))]
[JsonSerializable(typeof(DiskUpdateResult))]
[JsonSerializable(typeof(DiskExportResult))]
[JsonSerializable(typeof(DiskSparsifyResult))]
[JsonSerializable(typeof(SnapshotResult))]
[JsonSerializable(typeof(SnapshotListResult))]
[JsonSerializable(typeof(SnapshotFindResult))]
[JsonSerializable(typeof(SnapshotDiffResult))]
[JsonSerializable(typeof(RollbackResult))]
[JsonSerializable(typeof(DeleteResult))]
[JsonSerializable(typeof(KeepResult))]
[JsonSerializable(typeof(ExpireResult))]
[JsonSerializable(typeof(GroupResult))]
[JsonSerializable(typeof(GroupListResult))]
[JsonSerializable(typeof(GroupRollbackOutcome))]
[JsonSerializable(typeof(ImageResult))]
[JsonSerializable(typeof(ImageListResult))]
[JsonSerializable(typeof(NameListResult))]
[JsonSerializable(typeof(CheckFindings))]
[JsonSerializable(typeof(ScrubResult))]
[JsonSerializable(typeof(RepairResult))]
[JsonSerializable(typeof(CompactResult))]
[JsonSerializable(typeof(UsageResult))]
[JsonSerializable(typeof(ReportResult))]
[JsonSerializable(typeof(EventListResult))]
[JsonSerializable(typeof(EventFacts))]
[JsonSerializable(typeof(PolicyResult))]
[JsonSerializable(typeof(PolicyListResult))]
[JsonSerializable(typeof(DiskPolicyListResult))]
[JsonSerializable(typeof(PolicyDeleteResult))]
[JsonSerializable(typeof(PolicyRunReport))]
[JsonSerializable(typeof(ServeResult))]
[JsonSerializable(typeof(ControlEvent))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>
    /// The one to use. Quotes and letters of any script are not escaped: the output is UTF-8 and not part of a web page.
    /// </summary>
    public static CliJson Relaxed { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
