using System.Buffers.Binary;
using System.Text;
using Galley.Store;

namespace Galley.S3;

/// <summary>
/// The key layout of S3. Object keys come last and untagged, so they sort by their UTF-8 bytes as S3 lists them; no key has a NUL,
/// so what stands behind one keeps the rows of a key together and before those of a longer key.
/// </summary>
internal static class Keys
{
    public static byte[] Account(string account) => Key.Of("s3", account, "account");

    public static byte[] Buckets(string account) => Key.Of("s3", account, "bucket");

    public static byte[] Bucket(string account, string name) => Key.Of("s3", account, "bucket", name);

    /// <summary>The newest version of every key, delete markers too.</summary>
    public static byte[] Objects(string account, string bucket) => Key.Of("s3", account, "object", bucket);

    public static byte[] Object(string account, string bucket, string key) => Under(Objects(account, bucket), key);

    /// <summary>The older versions, each key's newest first.</summary>
    public static byte[] Versions(string account, string bucket) => Key.Of("s3", account, "version", bucket);

    public static byte[] VersionsOf(string account, string bucket, string key) => Numbered(Versions(account, bucket), key, null);

    public static byte[] Version(string account, string bucket, string key, long sequence) => Numbered(Versions(account, bucket), key, long.MaxValue - sequence);

    /// <summary>The bytes of a small object's version.</summary>
    public static byte[] Bytes(string account, string bucket, string key, long sequence) => Numbered(Key.Of("s3", account, "bytes", bucket), key, sequence);

    /// <summary>Who holds the blobs of a version, wherever its row stands.</summary>
    public static byte[] Holder(string account, string bucket, string key, long sequence) => Numbered(Key.Of("s3", account, "holder", bucket), key, sequence);

    public static byte[] Uploads(string account, string bucket) => Key.Of("s3", account, "upload", bucket);

    public static byte[] Upload(string account, string bucket, string key, string uploadId) => Key.From(Uploads(account, bucket)).Add(key).Add(uploadId).ToArray();

    public static byte[] Parts(string account, string uploadId) => Key.Of("s3", account, "part", uploadId);

    public static byte[] Part(string account, string uploadId, int number) => Key.From(Parts(account, uploadId)).Add(number).ToArray();

    /// <summary>Events on their way to functions, oldest first.</summary>
    public static byte[] Events { get; } = Key.Of("s3-events");

    public static byte[] Under(byte[] prefix, string key) => Key.From(prefix).Raw(Encoding.UTF8.GetBytes(key)).ToArray();

    private static byte[] Numbered(byte[] space, string key, long? number)
    {
        var row = Key.From(space).Raw(Encoding.UTF8.GetBytes(key)).Raw([0]);
        if (number is not { } some) return row.ToArray();
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, some);
        return row.Raw(bytes).ToArray();
    }
}
