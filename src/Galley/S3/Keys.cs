using System.Text;
using Galley.Store;

namespace Galley.S3;

/// <summary>The key layout of S3. Object keys come last and untagged, so they sort by their UTF-8 bytes as S3 lists them.</summary>
internal static class Keys
{
    public static byte[] Buckets(string account) => Key.Of("s3", account, "bucket");

    public static byte[] Bucket(string account, string name) => Key.Of("s3", account, "bucket", name);

    public static byte[] Objects(string account, string bucket) => Key.Of("s3", account, "object", bucket);

    public static byte[] Object(string account, string bucket, string key) => Under(Objects(account, bucket), key);

    public static byte[] Uploads(string account, string bucket) => Key.Of("s3", account, "upload", bucket);

    public static byte[] Upload(string account, string bucket, string key, string uploadId) => Key.From(Uploads(account, bucket)).Add(key).Add(uploadId).ToArray();

    public static byte[] Parts(string account, string uploadId) => Key.Of("s3", account, "part", uploadId);

    public static byte[] Part(string account, string uploadId, int number) => Key.From(Parts(account, uploadId)).Add(number).ToArray();

    public static byte[] Under(byte[] prefix, string key) => Key.From(prefix).Raw(Encoding.UTF8.GetBytes(key)).ToArray();
}
