using System.Text;
using Galley.Wire;

namespace Galley.S3;

/// <summary>Bucket policies and object ownership.</summary>
internal sealed class Policies(Settings settings, Access access)
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
    public async ValueTask<BucketRecord> Set(string name, Call call, string policy)
    {
        PolicyGrammar.Check(policy, name);
        var account = await access.AccountBlock();
        return await settings.Change(name, call, bucket =>
        {
            if ((bucket.PublicAccessBlock?.BlockPublicPolicy == true || account?.BlockPublicPolicy == true) && PublicPolicies.IsPublic(policy))
            {
                call.Trail.Add("public access block", false, $"BlockPublicPolicy of {bucket.Name} refuses a public policy");
                throw Errors.AccessDenied(
                    $"User: {call.Principal.Arn} is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{name}\" because public policies are blocked by the BlockPublicPolicy block public access setting.");
            }

            return bucket with { Policy = policy };
        });
    }

    public async ValueTask<Reply> PutBucketOwnershipControls(S3Request request, Call call)
    {
        var rule = S3Xml.Parse(await IncomingBody.ReadAll(request, call), "OwnershipControls").Only("Rule").Child("Rule")?.Only("ObjectOwnership").ChildText("ObjectOwnership");
        if (rule is not (Buckets.BucketOwnerEnforced or "BucketOwnerPreferred" or "ObjectWriter")) throw Errors.MalformedXml();
        await settings.Change(request.Bucket, call, bucket => rule == Buckets.BucketOwnerEnforced && bucket.Grants?.Any(grant => grant.Id is null) == true
            ? throw new AwsError("InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting").With("BucketName", bucket.Name)
            : bucket with { Ownership = rule });
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
