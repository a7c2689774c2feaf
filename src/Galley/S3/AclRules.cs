using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.S3;

/// <summary>What ACLs say: canned ones, grants in headers, and what each permission lets its grantee do.</summary>
internal static class AclRules
{
    public const string AllUsers = "http://acs.amazonaws.com/groups/global/AllUsers", AuthenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
        LogDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";

    public static readonly string[] Permissions = ["FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP"];

    private static readonly (string Header, string Permission)[] Headers =
        [("x-amz-grant-read", "READ"), ("x-amz-grant-write", "WRITE"), ("x-amz-grant-read-acp", "READ_ACP"), ("x-amz-grant-write-acp", "WRITE_ACP"), ("x-amz-grant-full-control", "FULL_CONTROL")];

    public static bool Asked(S3Request request) => request.Header("x-amz-acl") is not null || Headers.Any(pair => request.Header(pair.Header) is not null);

    /// <summary>The grants that the headers ask for; null when they ask for none beside the owner's. Refused where the bucket has ACLs off, or blocks public ones.</summary>
    public static IReadOnlyList<Grant>? FromHeaders(S3Request request, BucketRecord bucket, Call call, bool ofBucket)
    {
        if (!Asked(request)) return null;
        var canned = request.Header("x-amz-acl");
        var granted = Headers.Where(pair => request.Header(pair.Header) is not null).ToList();
        if (bucket.AclsOff) return granted.Count == 0 && canned is "private" or "bucket-owner-full-control" ? null : throw Errors.AclNotSupported();
        if (canned is not null && granted.Count > 0) throw Errors.InvalidRequest("Specifying both Canned ACLs and Header Grants is not allowed");
        var grants = canned is null ? [.. granted.SelectMany(pair => Grantees(request.Header(pair.Header)!, pair.Permission, call))] : Canned(canned, ofBucket, call);
        return Allowed(grants, bucket, call);
    }

    /// <summary>The same grants, unless Block Public Access of the bucket forbids them.</summary>
    public static IReadOnlyList<Grant>? Allowed(IReadOnlyList<Grant>? grants, BucketRecord bucket, Call call)
    {
        if (bucket.PublicAccessBlock?.BlockPublicAcls != true || !IsPublic(grants)) return grants;
        call.Trail.Add("public access block", false, $"BlockPublicAcls of {bucket.Name} refuses a public ACL");
        throw Errors.AccessDenied();
    }

    public static bool IsPublic(IReadOnlyList<Grant>? grants) => grants?.Any(grant => grant.Group is AllUsers or AuthenticatedUsers) == true;

    public static Grant Checked(string? group, string? id, string permission, Call call)
    {
        if (group is not null and not (AllUsers or AuthenticatedUsers or LogDelivery)) throw Errors.InvalidArgument("Invalid group uri", "uri", group);
        // there is one account here, so no other id is anybody's
        if (id is not null && id != Acls.OwnerId(call.Account)) throw Errors.InvalidArgument("Invalid id", "CanonicalUser/ID", id);
        return new(group, id, permission);
    }

    /// <summary>The bucket's policy with what its ACL and the object's let everybody do, as further statements.</summary>
    /// <param name="policy">The bucket policy, or null.</param>
    /// <param name="bucket">Whose ACLs count.</param>
    /// <param name="key">The object asked for; empty for the bucket.</param>
    /// <param name="ofObject">The object's grants.</param>
    /// <param name="signed">The caller is signed in, so AuthenticatedUsers is meant too.</param>
    public static string? WithGrants(string? policy, BucketRecord bucket, string key, IReadOnlyList<Grant>? ofObject, bool signed)
    {
        var statements = new List<JsonNode>();
        var arn = "arn:aws:s3:::" + bucket.Name;
        foreach (var grant in (bucket.Grants ?? []).Where(Counts))
        {
            Add(grant, "READ", arn, "s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads");
            Add(grant, "WRITE", arn + "/*", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts");
            Add(grant, "READ_ACP", arn, "s3:GetBucketAcl");
            Add(grant, "WRITE_ACP", arn, "s3:PutBucketAcl");
        }

        foreach (var grant in (ofObject ?? []).Where(Counts))
        {
            Add(grant, "READ", $"{arn}/{key}", "s3:GetObject", "s3:GetObjectVersion");
            Add(grant, "READ_ACP", $"{arn}/{key}", "s3:GetObjectAcl", "s3:GetObjectVersionAcl");
            Add(grant, "WRITE_ACP", $"{arn}/{key}", "s3:PutObjectAcl", "s3:PutObjectVersionAcl");
        }

        if (statements.Count == 0) return policy;
        var document = policy is null ? new JsonObject { ["Version"] = "2012-10-17" } : JsonNode.Parse(policy)!.AsObject();
        if (document["Statement"] is { } own) statements.AddRange(own is JsonArray many ? many.Select(one => one!.DeepClone()) : [own.DeepClone()]);
        document["Statement"] = new JsonArray([.. statements]);
        return document.ToJsonString();

        bool Counts(Grant grant) => grant.Group == AllUsers || signed && grant.Group == AuthenticatedUsers;

        void Add(Grant grant, string permission, string resource, params ReadOnlySpan<string> actions)
        {
            if (grant.Permission != permission && grant.Permission != "FULL_CONTROL") return;
            var allowed = new JsonArray();
            foreach (var action in actions) allowed.Add((JsonNode)action);
            // a key is text, not a pattern
            var literal = resource.EndsWith("/*", StringComparison.Ordinal) ? resource : resource.Replace("*", "${*}", StringComparison.Ordinal).Replace("?", "${?}", StringComparison.Ordinal);
            statements.Add(new JsonObject { ["Effect"] = "Allow", ["Principal"] = "*", ["Action"] = allowed, ["Resource"] = literal });
        }
    }

    /// <summary>The grants of a canned ACL; null for the owner alone.</summary>
    public static List<Grant>? Canned(string name, bool ofBucket, Call call)
    {
        var owner = new Grant(null, Acls.OwnerId(call.Account), "FULL_CONTROL");
        return name switch
        {
            "private" => null,
            "bucket-owner-read" or "bucket-owner-full-control" => null, // there is one account, which owns both
            "public-read" => [owner, new(AllUsers, null, "READ")],
            "public-read-write" => [owner, new(AllUsers, null, "READ"), new(AllUsers, null, "WRITE")],
            "authenticated-read" => [owner, new(AuthenticatedUsers, null, "READ")],
            "log-delivery-write" when ofBucket => [owner, new(LogDelivery, null, "WRITE"), new(LogDelivery, null, "READ_ACP")],
            "aws-exec-read" => throw Errors.NotSupported("x-amz-acl: aws-exec-read"),
            _ => throw Errors.InvalidArgument("", "x-amz-acl", name),
        };
    }

    /// <summary>`id="…", uri="…"`</summary>
    private static IEnumerable<Grant> Grantees(string header, string permission, Call call)
    {
        foreach (var one in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = one.IndexOf('=', StringComparison.Ordinal);
            var value = at < 0 ? "" : one[(at + 1)..].Trim('"', ' ');
            yield return (at < 0 ? "" : one[..at].Trim()) switch
            {
                "uri" => Checked(value, null, permission, call),
                "id" => Checked(null, value, permission, call),
                "emailAddress" => throw Errors.NotSupported("grants by emailAddress"),
                _ => throw Errors.InvalidArgument("Argument format not recognized", "x-amz-grant-" + permission.ToLowerInvariant().Replace('_', '-'), header),
            };
        }
    }
}
