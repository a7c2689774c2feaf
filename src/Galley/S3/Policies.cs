using System.Text;
using Galley.Wire;

namespace Galley.S3;

/// <summary>Bucket policies, Block Public Access and object ownership.</summary>
internal sealed class Policies(Settings settings)
{
    private const int MaxPolicy = 20 << 10;

    public async ValueTask<Reply> PutBucketPolicy(S3Request request, Call call)
    {
        var policy = Encoding.UTF8.GetString((await IncomingBody.ReadAll(request, call)).Span);
        if (policy.Length > MaxPolicy) throw Errors.MalformedPolicy("Policy document exceeds the maximum allowed size of 20480 bytes");
        await Set(request.Bucket, call, policy);
        return new Reply(204);
    }

    public async ValueTask<Reply> GetBucketPolicy(S3Request request, Call call)
    {
        var bucket = await settings.Get(request, call);
        return Reply.Text(bucket.Policy ?? throw NoPolicy(bucket.Name), "application/json");
    }

    public async ValueTask<Reply> DeleteBucketPolicy(S3Request request, Call call)
    {
        await settings.Change(request.Bucket, call, bucket => bucket with { Policy = null });
        return new Reply(204);
    }

    public async ValueTask<Reply> GetBucketPolicyStatus(S3Request request, Call call)
    {
        var bucket = await settings.Get(request, call);
        var isPublic = PublicPolicies.IsPublic(bucket.Policy ?? throw NoPolicy(bucket.Name));
        return S3Xml.Answer("PolicyStatus", writer => writer.Element("IsPublic", isPublic ? "TRUE" : "FALSE"));
    }

    /// <summary>Checks and stores a policy; a public one is refused while BlockPublicPolicy stands.</summary>
    public ValueTask<BucketRecord> Set(string name, Call call, string policy)
    {
        PolicyGrammar.Check(policy, name);
        return settings.Change(name, call, bucket =>
        {
            if (bucket.PublicAccessBlock?.BlockPublicPolicy == true && PublicPolicies.IsPublic(policy))
            {
                call.Trail.Add("public access block", false, $"BlockPublicPolicy of {bucket.Name} refuses a public policy");
                throw Errors.AccessDenied(
                    $"User: {call.Principal.Arn} is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{name}\" because public policies are blocked by the BlockPublicPolicy block public access setting.");
            }

            return bucket with { Policy = policy };
        });
    }

    public async ValueTask<Reply> PutPublicAccessBlock(S3Request request, Call call)
    {
        var asked = S3Xml.Parse(await IncomingBody.ReadAll(request, call), "PublicAccessBlockConfiguration")
            .Only("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets");
        var block = new PublicAccessBlock(asked.Flag("BlockPublicAcls"), asked.Flag("IgnorePublicAcls"), asked.Flag("BlockPublicPolicy"), asked.Flag("RestrictPublicBuckets"));
        await settings.Change(request.Bucket, call, bucket => bucket with { PublicAccessBlock = block });
        return new Reply();
    }

    public async ValueTask<Reply> GetPublicAccessBlock(S3Request request, Call call)
    {
        var bucket = await settings.Get(request, call);
        var block = bucket.PublicAccessBlock ?? throw Errors.Never("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", bucket.Name);
        return S3Xml.Answer("PublicAccessBlockConfiguration", writer =>
        {
            writer.Element("BlockPublicAcls", S3Xml.Text(block.BlockPublicAcls));
            writer.Element("IgnorePublicAcls", S3Xml.Text(block.IgnorePublicAcls));
            writer.Element("BlockPublicPolicy", S3Xml.Text(block.BlockPublicPolicy));
            writer.Element("RestrictPublicBuckets", S3Xml.Text(block.RestrictPublicBuckets));
        });
    }

    public async ValueTask<Reply> DeletePublicAccessBlock(S3Request request, Call call)
    {
        await settings.Change(request.Bucket, call, bucket => bucket with { PublicAccessBlock = null });
        return new Reply(204);
    }

    public async ValueTask<Reply> PutBucketOwnershipControls(S3Request request, Call call)
    {
        var rule = S3Xml.Parse(await IncomingBody.ReadAll(request, call), "OwnershipControls").Only("Rule").Child("Rule")?.Only("ObjectOwnership").ChildText("ObjectOwnership");
        if (rule is not (Buckets.BucketOwnerEnforced or "BucketOwnerPreferred" or "ObjectWriter")) throw Errors.MalformedXml();
        await settings.Change(request.Bucket, call, bucket => bucket with { Ownership = rule });
        return new Reply();
    }

    public async ValueTask<Reply> GetBucketOwnershipControls(S3Request request, Call call)
    {
        var bucket = await settings.Get(request, call);
        var ownership = bucket.Ownership ?? throw Errors.Never("OwnershipControlsNotFoundError", "The bucket ownership controls were not found", bucket.Name);
        return S3Xml.Answer("OwnershipControls", writer => writer.Element("Rule", () => writer.Element("ObjectOwnership", ownership)));
    }

    public async ValueTask<Reply> DeleteBucketOwnershipControls(S3Request request, Call call)
    {
        await settings.Change(request.Bucket, call, bucket => bucket with { Ownership = null });
        return new Reply(204);
    }

    private static AwsError NoPolicy(string bucket) => Errors.Never("NoSuchBucketPolicy", "The bucket policy does not exist", bucket);
}
