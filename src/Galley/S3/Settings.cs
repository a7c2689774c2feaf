using System.Xml.Linq;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>The smaller settings of a bucket, and the truthful answers about those that Galley does not have.</summary>
internal sealed class Settings(IStore store, Access access)
{
    public ValueTask<BucketRecord> Get(S3Request request, Call call) => access.Bucket(request, call);

    /// <summary>Changes one bucket in one write.</summary>
    public ValueTask<BucketRecord> Change(string name, Call call, Func<BucketRecord, BucketRecord> change) => store.Write(async tx =>
    {
        var key = Keys.Bucket(call.Account, name);
        var changed = change(await tx.Get(key, S3Json.Default.BucketRecord) ?? throw Errors.NoSuchBucket(name));
        tx.Put(key, changed, S3Json.Default.BucketRecord);
        return changed;
    });

    public async ValueTask<Reply> GetBucketVersioning(S3Request request, Call call)
    {
        var bucket = await Get(request, call);
        return S3Xml.Answer("VersioningConfiguration", writer => writer.Element("Status", bucket.Versioning));
    }

    public async ValueTask<Reply> PutBucketVersioning(S3Request request, Call call)
    {
        await Get(request, call);
        var asked = S3Xml.Parse(await IncomingBody.ReadAll(request, call), "VersioningConfiguration").Only("Status", "MfaDelete");
        if (asked.ChildText("MfaDelete") is { } mfa) _ = mfa switch { "Disabled" => mfa, "Enabled" => throw Errors.NotSupported("MfaDelete"), _ => throw Errors.MalformedXml() };
        if (asked.ChildText("Status") is not ("Enabled" or "Suspended") and var wrong)
            throw wrong is null ? new AwsError("IllegalVersioningConfigurationException", "The Versioning element must be specified") : Errors.MalformedXml();
        await Change(request.Bucket, call, bucket => bucket with { Versioning = asked.ChildText("Status") });
        return new Reply();
    }

    public async ValueTask<Reply> GetBucketEncryption(S3Request request, Call call)
    {
        var bucket = await Get(request, call);
        return S3Xml.Answer("ServerSideEncryptionConfiguration", writer => writer.Element("Rule", () =>
        {
            writer.Element("ApplyServerSideEncryptionByDefault", () => writer.Element("SSEAlgorithm", bucket.Encryption ?? "AES256"));
            writer.Element("BucketKeyEnabled", S3Xml.Text(bucket.BucketKey));
        }));
    }

    public async ValueTask<Reply> PutBucketEncryption(S3Request request, Call call)
    {
        var rule = S3Xml.Parse(await IncomingBody.ReadAll(request, call), "ServerSideEncryptionConfiguration").Only("Rule").Child("Rule")
            ?.Only("ApplyServerSideEncryptionByDefault", "BucketKeyEnabled") ?? throw Errors.MalformedXml();
        var rules = rule.Child("ApplyServerSideEncryptionByDefault")?.Only("SSEAlgorithm", "KMSMasterKeyID");
        if (rules?.ChildText("KMSMasterKeyID") is { } key) throw Errors.NotSupported($"KMSMasterKeyID {key}");
        var algorithm = rules?.ChildText("SSEAlgorithm");
        await SetEncryption(request.Bucket, call, algorithm, rule.Flag("BucketKeyEnabled"));
        return new Reply();
    }

    public ValueTask<BucketRecord> SetEncryption(string bucket, Call call, string? algorithm, bool bucketKey) => algorithm switch
    {
        null or "AES256" => Change(bucket, call, record => record with { BucketKey = bucketKey, Encryption = null }),
        // AWS's own key: told as it was asked for; objects are kept as all others are, and say so.
        "aws:kms" => Change(bucket, call, record => record with { BucketKey = bucketKey, Encryption = algorithm }),
        "aws:kms:dsse" => throw Errors.NotSupported($"SSEAlgorithm {algorithm}"),
        _ => throw Errors.MalformedXml(),
    };

    public async ValueTask<Reply> DeleteBucketEncryption(S3Request request, Call call)
    {
        await Change(request.Bucket, call, bucket => bucket with { BucketKey = false, Encryption = null });
        return new Reply(204);
    }

    public async ValueTask<Reply> GetBucketTagging(S3Request request, Call call)
    {
        var bucket = await Get(request, call);
        var tags = bucket.Tags is { Count: > 0 } some ? some : throw Errors.Never("NoSuchTagSet", "The TagSet does not exist", bucket.Name);
        return S3Xml.Answer("Tagging", writer => TagSets.Write(writer, tags));
    }

    public async ValueTask<Reply> PutBucketTagging(S3Request request, Call call)
    {
        var tagging = S3Xml.Parse(await IncomingBody.ReadAll(request, call), "Tagging").Only("TagSet");
        var tags = TagSets.Read(tagging.Child("TagSet") ?? throw Errors.MalformedXml(), 50);
        await Change(request.Bucket, call, bucket => Taggable(bucket) with { Tags = tags });
        return new Reply(204);
    }

    public async ValueTask<Reply> DeleteBucketTagging(S3Request request, Call call)
    {
        await Change(request.Bucket, call, bucket => Taggable(bucket) with { Tags = null });
        return new Reply(204);
    }

    /// <summary>Whether the bucket's tags decide over access (attribute-based access control).</summary>
    public async ValueTask<Reply> GetBucketAbac(S3Request request, Call call)
    {
        var bucket = await Get(request, call);
        return S3Xml.Answer("AbacStatus", writer => writer.Element("Status", bucket.Abac ? "Enabled" : "Disabled"));
    }

    public async ValueTask<Reply> PutBucketAbac(S3Request request, Call call)
    {
        await Get(request, call);
        var on = S3Xml.Parse(await IncomingBody.ReadAll(request, call), "AbacStatus").Only("Status").ChildText("Status") switch { "Enabled" => true, "Disabled" => false, _ => throw Errors.MalformedXml() };
        await Change(request.Bucket, call, bucket => bucket with { Abac = on });
        return new Reply();
    }

    /// <summary>Tags for IAM, of a bucket whose tags decide; null for any other.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>?> TagsOf(string resource, Call call)
        => Arn.TryParse(resource, out var arn) && await store.Read(tx => tx.Get(Keys.Bucket(call.Account, arn.Resource.Split('/')[0]), S3Json.Default.BucketRecord)) is { Abac: true, Tags: { } tags }
            ? tags.ToDictionary(tag => tag.Key, tag => tag.Value)
            : null;

    /// <summary>Tags that decide over access are not for these operations, as on AWS: TagResource and UntagResource are there for them.</summary>
    private static BucketRecord Taggable(BucketRecord bucket)
        => bucket.Abac ? throw Errors.InvalidRequest("PutBucketTagging and DeleteBucketTagging are not allowed while ABAC is enabled for the bucket.") : bucket;

    public async ValueTask<Reply> PutBucketCors(S3Request request, Call call)
    {
        var rules = CorsXml.Read(S3Xml.Parse(await IncomingBody.ReadAll(request, call), "CORSConfiguration"));
        await Change(request.Bucket, call, bucket => bucket with { Cors = rules });
        return new Reply();
    }

    public async ValueTask<Reply> GetBucketCors(S3Request request, Call call)
    {
        var bucket = await Get(request, call);
        return CorsXml.Write(bucket.Cors ?? throw Errors.Never("NoSuchCORSConfiguration", "The CORS configuration does not exist", bucket.Name));
    }

    public async ValueTask<Reply> DeleteBucketCors(S3Request request, Call call)
    {
        await Change(request.Bucket, call, bucket => bucket with { Cors = null });
        return new Reply(204);
    }

    /// <summary>A setting Galley does not have: AWS's answer for "never set".</summary>
    public Func<S3Request, Call, ValueTask<Reply>> Never(string code, string message) => async (request, call) =>
        throw Errors.Never(code, message, (await Get(request, call)).Name);

    public Func<S3Request, Call, ValueTask<Reply>> Unset(string root, string? element = null, string value = "") => async (request, call) =>
    {
        await Get(request, call);
        return S3Xml.Answer(root, writer => writer.Element(element ?? root, element is null ? null : value));
    };

    /// <summary>Configurations of which a bucket may have several, by id, and of which none is supported: AWS's answers for "none".</summary>
    public Func<S3Request, Call, ValueTask<Reply>> NoneOf(string root) => async (request, call) =>
    {
        var bucket = await Get(request, call);
        return request.Query("id") is { Length: > 0 }
            ? throw Errors.Never("NoSuchConfiguration", "The specified configuration does not exist.", bucket.Name)
            : S3Xml.Answer(root, writer => writer.Element("IsTruncated", "false"));
    };

    /// <summary>Settings of one object under Object Lock, which no bucket has.</summary>
    public async ValueTask<Reply> Unlocked(S3Request request, Call call)
    {
        await Get(request, call);
        throw Errors.InvalidRequest("Bucket is missing Object Lock Configuration");
    }

    /// <summary>Taking away what was never set.</summary>
    public async ValueTask<Reply> RemoveUnset(S3Request request, Call call)
    {
        await Get(request, call);
        return new Reply(204);
    }

    /// <summary>PUT of a setting Galley does not have: refused by name, unless it says what holds anyway.</summary>
    public Func<S3Request, Call, ValueTask<Reply>> Refuse(string root, Func<XElement, bool>? holdsAnyway = null) => async (request, call) =>
    {
        await Get(request, call);
        var asked = S3Xml.Parse(await IncomingBody.ReadAll(request, call), root);
        return holdsAnyway?.Invoke(asked) == true ? new Reply() : throw Errors.NotSupported(root);
    };
}
