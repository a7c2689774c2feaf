using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Galley.S3.Events;
using Galley.Wire;

namespace Galley.S3;

/// <summary>ACLs of buckets and objects. Where buckets have them off, as new ones do, the owner has everything and nothing else can be said.</summary>
internal sealed class Acls(Access access, Settings settings, Objects objects)
{
    private const string Xsi = "http://www.w3.org/2001/XMLSchema-instance";

    /// <summary>The canonical user id of an account.</summary>
    public static string OwnerId(string account) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("s3-owner/" + account)));

    public async ValueTask<Reply> GetBucketAcl(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        return Write(bucket.AclsOff ? null : bucket.Grants, call);
    }

    public async ValueTask<Reply> PutBucketAcl(S3Request request, Call call)
    {
        var grants = await Asked(request, call, await access.BlockedBucket(request, call), ofBucket: true);
        await settings.Change(request.Bucket, call, bucket => bucket with { Grants = grants });
        return new Reply();
    }

    public async ValueTask<Reply> GetObjectAcl(S3Request request, Call call)
    {
        var found = await objects.Find(request, call);
        return ObjectHeaders.WithVersion(Write(found.Bucket!.AclsOff ? null : found.Record.Grants, call), found);
    }

    public async ValueTask<Reply> PutObjectAcl(S3Request request, Call call)
    {
        await objects.Find(request, call);
        var grants = await Asked(request, call, await access.BlockedBucket(request, call), ofBucket: false);
        return ObjectHeaders.WithVersion(new Reply(), await objects.Change(request, call, Cause.Acl, record => record with { Grants = grants }));
    }

    private static async ValueTask<IReadOnlyList<Grant>?> Asked(S3Request request, Call call, BucketRecord bucket, bool ofBucket)
    {
        var body = await IncomingBody.ReadAll(request, call);
        if (AclRules.Asked(request))
            return body.Length > 0 ? throw new AwsError("UnexpectedContent", "This request does not support content") : AclRules.FromHeaders(request, bucket, call, ofBucket);
        if (bucket.AclsOff) throw Errors.AclNotSupported();
        if (body.Length == 0) throw new AwsError("MissingSecurityHeader", "Your request was missing a required header").With("MissingHeaderName", "x-amz-acl");
        return AclRules.Allowed(Read(body, call), bucket, call);
    }

    private static List<Grant> Read(ReadOnlyMemory<byte> body, Call call)
    {
        var root = S3Xml.Parse(body, "AccessControlPolicy").Only("Owner", "AccessControlList");
        if (root.Child("Owner")?.ChildText("ID") is not { Length: > 0 } owner) throw Malformed();
        if (owner != OwnerId(call.Account)) throw Errors.InvalidArgument("Invalid id", "CanonicalUser/ID", owner);
        var grants = new List<Grant>();
        foreach (var grant in (root.Child("AccessControlList") ?? throw Malformed()).Only("Grant").Elements())
        {
            var grantee = grant.Only("Grantee", "Permission").Child("Grantee") ?? throw Malformed();
            var permission = grant.ChildText("Permission") is { } text && AclRules.Permissions.Contains(text) ? text : throw Malformed();
            grants.Add((grantee.Attribute(XName.Get("type", Xsi))?.Value, grantee.ChildText("URI"), grantee.ChildText("ID")) switch
            {
                ("Group", { } uri, _) => AclRules.Checked(uri, null, permission, call),
                ("CanonicalUser", _, { } id) => AclRules.Checked(null, id, permission, call),
                ("AmazonCustomerByEmail", _, _) => throw Errors.NotSupported("grants by EmailAddress"),
                _ => throw Malformed(),
            });
        }

        return grants;
    }

    private static AwsError Malformed() => new("MalformedACLError", "The XML you provided was not well-formed or did not validate against our published schema");

    private static Reply Write(IReadOnlyList<Grant>? grants, Call call) => S3Xml.Answer("AccessControlPolicy", writer =>
    {
        var owner = OwnerId(call.Account);
        writer.Element("Owner", () => writer.Element("ID", owner));
        writer.Element("AccessControlList", () =>
        {
            foreach (var grant in grants ?? [new Grant(null, owner, "FULL_CONTROL")])
                writer.Element("Grant", () =>
                {
                    Grantee(writer, grant);
                    writer.Element("Permission", grant.Permission);
                });
        });
    });

    private static void Grantee(XmlWriter writer, Grant grant)
    {
        writer.WriteStartElement("Grantee");
        writer.WriteAttributeString("xmlns", "xsi", null, Xsi);
        writer.WriteAttributeString("xsi", "type", Xsi, grant.Group is null ? "CanonicalUser" : "Group");
        writer.Element("ID", grant.Id);
        writer.Element("URI", grant.Group);
        writer.WriteEndElement();
    }
}
