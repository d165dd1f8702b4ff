using System.CommandLine;
using System.CommandLine.Help;

namespace BlockSnap.Cli;

/// <summary>All commands and the options that every one of them has.</summary>
internal static class CommandTree
{
    public const string JsonOptionName = "--json";

    public static RootCommand Create()
    {
        var root = new RootCommand("Incremental snapshots of virtual block disks. A pool is a directory; a snapshot is written DISK@SNAPSHOT.")
        {
            new Command("pool", "Make and look at pools, set their quota, suspend and purge them.")
            {
                PoolCreateCommand.Create(), PoolInfoCommand.Create(), PoolQuotaCommand.Create(),
                PoolSuspendCommand.Create(), PoolResumeCommand.Create(), PoolPurgeCommand.Create(),
            },
            new Command("disk", "Make, fill, copy out, resize and delete disks.")
            {
                DiskCreateCommand.Create(), DiskImportCommand.Create(), DiskUpdateCommand.Create(), DiskExportCommand.Create(),
                DiskListCommand.Create(), DiskShowCommand.Create(), DiskResizeCommand.Create(), DiskCloneCommand.Create(),
                DiskReinitializeCommand.Create(), DiskSparsifyCommand.Create(), DiskDeleteCommand.Create(),
            },
            new Command("snapshot", "Make, list, compare, go back to and delete snapshots.")
            {
                SnapshotCreateCommand.Create(), SnapshotListCommand.Create(), SnapshotFindCommand.Create(), SnapshotDiffCommand.Create(),
                SnapshotRollbackCommand.Create(), SnapshotUndoRollbackCommand.Create(),
                SnapshotDeleteCommand.Create(), SnapshotUndeleteCommand.Create(),
                SnapshotHoldCommand.Create(), SnapshotReleaseCommand.Create(), SnapshotLockCommand.Create(), SnapshotUnlockCommand.Create(),
                SnapshotRetentionCommand.Create(), SnapshotExpireCommand.Create(), SnapshotSynchronizeCommand.Create(),
            },
            new Command("group", "Take, list, go back to and delete snapshots of several disks at one instant.")
            {
                GroupCreateCommand.Create(), GroupListCommand.Create(), GroupRollbackCommand.Create(), GroupDeleteCommand.Create(),
            },
            new Command("image", "Make, list, use and delete named sets of snapshots to make disks from.")
            {
                ImageCreateCommand.Create(), ImageListCommand.Create(), ImageCloneCommand.Create(), ImageDeleteCommand.Create(),
            },
            new Command("policy", "Make, apply, run and delete policies, by which snapshots are made and expire by themselves.")
            {
                PolicyCreateCommand.Create(), PolicyListCommand.Create(), PolicyChangeCommand.Create(),
                PolicyDisksCommands.Apply(), PolicyDisksCommands.Cancel(), PolicyDisksCommands.Pause(), PolicyDisksCommands.Resume(),
                PolicyDeleteCommand.Create(), PolicyRunCommand.Create(),
            },
            CheckCommand.Create(),
            ScrubCommand.Create(),
            RepairCommand.Create(),
            CompactCommand.Create(),
            UsageCommand.Create(),
            ReportCommand.Create(),
            EventsCommand.Create(),
            ServeCommand.Create(),
            new Option<bool>(JsonOptionName)
            {
                Description = "Print one JSON document and nothing else.",
                Arity = ArgumentArity.Zero,
                Recursive = true,
            },
        };

        ReplaceHelpAndVersion(root);
        return root;
    }

    // The parser library's own options know neither the examples nor the name of the tool.
    private static void ReplaceHelpAndVersion(RootCommand root)
    {
        foreach (Option option in root.Options.Where(option => option is HelpOption or VersionOption).ToList())
        {
            root.Options.Remove(option);
        }

        root.Add(new Option<bool>("--help", "-h", "-?")
        {
            Description = "Explain a command.",
            Arity = ArgumentArity.Zero,
            Recursive = true,
            Action = new HelpWriterAction(),
        });
        root.Add(new Option<bool>("--version")
        {
            Description = "Print the version.",
            Arity = ArgumentArity.Zero,
            Action = new VersionAction(),
        });
    }
}
