using System.Security.Cryptography;
using System.Text;
using Galley.Wire;

namespace Galley.S3;

/// <summary>ACLs as they are where buckets have them turned off: the owner has everything, and nothing else can be said.</summary>
internal sealed class Acls(Access access, Objects objects)
{
    private static readonly string[] Grants = ["x-amz-grant-read", "x-amz-grant-write", "x-amz-grant-read-acp", "x-amz-grant-write-acp", "x-amz-grant-full-control"];

    /// <summary>The canonical user id of an account.</summary>
    public static string OwnerId(string account) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("s3-owner/" + account)));

    /// <summary>Refuses ACLs: with AWS's error where the bucket has them off, by name where it would have them on.</summary>
    public static void RefuseHeaders(S3Request request, string? ownership)
    {
        var grant = Grants.FirstOrDefault(name => request.Header(name) is not null);
        if (grant is null && request.Header("x-amz-acl") is null or "private" or "bucket-owner-full-control") return;
        throw ownership == Buckets.BucketOwnerEnforced ? Errors.AclNotSupported() : Errors.NotSupported(grant ?? $"x-amz-acl: {request.Header("x-amz-acl")}");
    }

    public async ValueTask<Reply> GetBucketAcl(S3Request request, Call call)
    {
        await access.Bucket(request, call);
        return FullControl(call.Account);
    }

    public async ValueTask<Reply> PutBucketAcl(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        var body = await IncomingBody.ReadAll(request, call);
        RefuseHeaders(request, bucket.Ownership);
        if (body.Length > 0) throw bucket.Ownership == Buckets.BucketOwnerEnforced ? Errors.AclNotSupported() : Errors.NotSupported("AccessControlPolicy");
        return new Reply();
    }

    public async ValueTask<Reply> GetObjectAcl(S3Request request, Call call)
    {
        await objects.Find(request, call);
        return FullControl(call.Account);
    }

    public async ValueTask<Reply> PutObjectAcl(S3Request request, Call call)
    {
        await objects.Find(request, call);
        return await PutBucketAcl(request, call);
    }

    private static Reply FullControl(string account) => S3Xml.Answer("AccessControlPolicy", writer =>
    {
        writer.Element("Owner", () => writer.Element("ID", OwnerId(account)));
        writer.Element("AccessControlList", () => writer.Element("Grant", () =>
        {
            writer.WriteStartElement("Grantee");
            writer.WriteAttributeString("xmlns", "xsi", null, "http://www.w3.org/2001/XMLSchema-instance");
            writer.WriteAttributeString("xsi", "type", "http://www.w3.org/2001/XMLSchema-instance", "CanonicalUser");
            writer.Element("ID", OwnerId(account));
            writer.WriteEndElement();
            writer.Element("Permission", "FULL_CONTROL");
        }));
    });
}
