using Galley.Store;

namespace Galley;

/// <summary>All that an installation in memory holds at one moment, keys included: put back into it, or the beginning of another one.</summary>
internal sealed record InstallationImage(MemoryImage Store, BlobsImage Blobs, byte[] MasterKey, RootKey RootKey)
{
    /// <summary>Null for an installation on a disk.</summary>
    public static InstallationImage? Of(Installation installation)
        => installation is { Store: MemoryStore store, Blobs: MemoryBlobs blobs } ? new(store.Take(), blobs.Take(), installation.Secrets.Key, installation.RootKey) : null;

    /// <param name="installation">In memory.</param>
    /// <param name="spared">Prefixes of keys that stay as they are.</param>
    public async ValueTask PutBack(Installation installation, IReadOnlyList<byte[]> spared)
    {
        await ((MemoryStore)installation.Store).PutBack(Store, spared);
        ((MemoryBlobs)installation.Blobs).PutBack(Blobs);
        installation.Secrets.Use(MasterKey);
    }
}
