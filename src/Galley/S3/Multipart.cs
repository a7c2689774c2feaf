using Galley.Store;

namespace Galley.S3;

/// <summary>Multipart uploads.</summary>
internal sealed class Multipart
{
    /// <summary>Forgets an upload and its parts in the running write; gives the pieces that fell out of use.</summary>
    public static async ValueTask<IReadOnlyList<Piece>> Discard(ITransaction tx, string account, UploadRecord upload)
    {
        var pieces = new List<Piece>();
        foreach (var part in await tx.List(Keys.Parts(account, upload.UploadId), S3Json.Default.PartRecord))
        {
            tx.Release(part.Piece.Blob, Keys.Part(account, upload.UploadId, part.Number));
            pieces.Add(part.Piece);
        }

        await tx.DeleteAll(Keys.Parts(account, upload.UploadId));
        tx.Delete(Keys.Upload(account, upload.Bucket, upload.Key, upload.UploadId));
        return pieces;
    }
}
