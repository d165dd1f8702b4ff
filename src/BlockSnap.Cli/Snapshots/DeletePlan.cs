namespace BlockSnap.Cli;

/// <summary>The snapshots of one disk that go in one step.</summary>
internal sealed record DeletePlan(ISnapshotChain Chain, IReadOnlyList<string> Names)
{
    /// <summary>What the step would do. Refused if the step itself would be: what a dry run allows, the real one does.</summary>
    public async Task<DeletePreview> PreviewAsync(bool force, CancellationToken cancellationToken)
    {
        DeletePreview preview = await Chain.PreviewDeleteAsync(Names, cancellationToken);
        if (preview.Clones.Count > 0 && !force)
        {
            string used = preview.Snapshots.First(snapshot => snapshot.CloneCount > 0).Name;
            throw new SnapshotInUseException(Chain.DiskName, used, [.. preview.Clones.Select(clone => $"clone '{clone}'")]);
        }

        return preview;
    }
}
