using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>Buckets: create, delete, head, list, location. New ones have ACLs off and public access blocked, as on AWS since April 2023.</summary>
internal sealed partial class Buckets(IStore store, Installation installation, Access access, Blobs blobs)
{
    public const string BucketOwnerEnforced = "BucketOwnerEnforced";
    private const string HomeRegion = "us-east-1";

    public async ValueTask<Reply> CreateBucket(S3Request request, Call call)
    {
        if (request.Header("x-amz-bucket-object-lock-enabled") == "true") throw Errors.NotSupported("x-amz-bucket-object-lock-enabled");
        var ownership = request.Header("x-amz-object-ownership") ?? BucketOwnerEnforced;
        if (ownership is not (BucketOwnerEnforced or "BucketOwnerPreferred" or "ObjectWriter")) throw Errors.InvalidArgument("Invalid x-amz-object-ownership header", "x-amz-object-ownership", ownership);
        var grants = GrantsOf(request, ownership, call);
        var tags = CheckLocation(await request.Document(call), call.Region);
        await Create(new BucketRecord(request.Bucket, call.Region, Seconds(installation.Now)) { Ownership = ownership, Tags = tags, Grants = grants }, call);
        return new Reply().With("Location", call.Region == HomeRegion ? "/" + request.Bucket : $"http://{request.Bucket}.s3.amazonaws.com/").With("x-amz-bucket-arn", request.BucketArn);
    }

    /// <summary>The tags that CreateBucket would give it, for `aws:RequestTag/…`.</summary>
    public static async ValueTask<IEnumerable<KeyValuePair<string, string?>>> TagsOf(S3Request request, Call call)
        => CheckLocation(await request.Document(call), call.Region)?.Select(tag => KeyValuePair.Create(tag.Key, (string?)tag.Value)) ?? [];

    /// <summary>Creates with today's defaults; the owner's second creation is an error except in us-east-1.</summary>
    public ValueTask<BucketRecord> Create(BucketRecord bucket, Call call)
    {
        if (!BucketNames.Valid(bucket.Name)) throw Errors.InvalidBucketName(bucket.Name);
        return store.Write(async tx =>
        {
            if (await tx.Get(Keys.Bucket(call.Account, bucket.Name), S3Json.Default.BucketRecord) is { } existing)
                return existing.Region == HomeRegion && call.Region == HomeRegion ? existing : throw Errors.BucketAlreadyOwnedByYou(bucket.Name);
            var made = bucket with { PublicAccessBlock = bucket.PublicAccessBlock ?? new PublicAccessBlock(true, true, true, true) };
            tx.Put(Keys.Bucket(call.Account, bucket.Name), made, S3Json.Default.BucketRecord);
            return made;
        });
    }

    public async ValueTask<Reply> DeleteBucket(S3Request request, Call call)
    {
        await access.Bucket(request, call);
        await Delete(request.Bucket, call);
        return new Reply(204);
    }

    /// <summary>Deletes an empty bucket with its unfinished uploads.</summary>
    public async ValueTask Delete(string name, Call call)
    {
        var dropped = await store.Write(async tx =>
        {
            var bucket = await tx.Get(Keys.Bucket(call.Account, name), S3Json.Default.BucketRecord) ?? throw Errors.NoSuchBucket(name);
            var objects = Keys.Objects(call.Account, name);
            await foreach (var _ in tx.Range(objects, Key.After(objects))) throw Errors.BucketNotEmpty(name, bucket.Versioning is not null);
            var pieces = new List<Piece>();
            foreach (var upload in await tx.List(Keys.Uploads(call.Account, name), S3Json.Default.UploadRecord))
                pieces.AddRange(await Multipart.Discard(tx, call.Account, upload));
            await tx.DeleteAll(Keys.Uploads(call.Account, name));
            tx.Delete(Keys.Bucket(call.Account, name));
            return pieces;
        });
        blobs.Drop(dropped);
    }

    public async ValueTask<Reply> HeadBucket(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        return new Reply().With("x-amz-bucket-region", bucket.Region).With("x-amz-access-point-alias", "false").With("Content-Type", "application/xml");
    }

    public async ValueTask<Reply> GetBucketLocation(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        return S3Xml.Answer("LocationConstraint", writer => writer.WriteString(bucket.Region == HomeRegion ? "" : bucket.Region));
    }

    public async ValueTask<Reply> ListBuckets(S3Request request, Call call)
    {
        var all = await store.Read(snapshot => snapshot.List(Keys.Buckets(call.Account), S3Json.Default.BucketRecord));
        var max = ListRequest.Number(request, "max-buckets", 10_000);
        var prefix = request.Query("prefix") ?? "";
        var region = request.Query("bucket-region");
        var after = request.Query("continuation-token") is { Length: > 0 } token ? ListRequest.FromToken(token) : null;
        var found = all.Where(bucket => bucket.Name.StartsWith(prefix, StringComparison.Ordinal) && (region is null || bucket.Region == region)
                                        && (after is null || string.CompareOrdinal(bucket.Name, after) > 0)).ToList();
        return S3Xml.Answer("ListAllMyBucketsResult", writer =>
        {
            writer.Element("Owner", () => writer.Element("ID", Acls.OwnerId(call.Account)));
            writer.Element("Buckets", () =>
            {
                foreach (var bucket in found.Take(max))
                    writer.Element("Bucket", () =>
                    {
                        writer.Element("Name", bucket.Name);
                        writer.Element("CreationDate", S3Xml.Time(bucket.Created));
                        if (request.Has("max-buckets")) writer.Element("BucketRegion", bucket.Region);
                    });
            });
            if (found.Count > max) writer.Element("ContinuationToken", ListRequest.ToToken(found[max - 1].Name));
            if (prefix.Length > 0) writer.Element("Prefix", prefix);
        });
    }

    /// <summary>ACLs at creation: a new bucket blocks public ones, and has them off unless it is asked otherwise.</summary>
    private static IReadOnlyList<Grant>? GrantsOf(S3Request request, string ownership, Call call)
    {
        if (!AclRules.Asked(request) || request.Header("x-amz-acl") == "private") return null;
        if (ownership == BucketOwnerEnforced) throw new AwsError("InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting").With("BucketName", request.Bucket);
        var grants = AclRules.FromHeaders(request, new BucketRecord(request.Bucket, "", default) { Ownership = ownership }, call, ofBucket: true);
        return AclRules.IsPublic(grants)
            ? throw new AwsError("InvalidBucketAclWithBlockPublicAccessError", "Bucket cannot have public ACLs set with BlockPublicAccess enabled").With("BucketName", request.Bucket)
            : grants;
    }

    /// <summary>S3 keeps times by the second.</summary>
    public static DateTimeOffset Seconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());

    /// <summary>The body of CreateBucket must name the region asked, outside us-east-1. Gives the tags in it.</summary>
    private static List<Tag>? CheckLocation(ReadOnlyMemory<byte> body, string region)
    {
        string? asked = null;
        List<Tag>? tags = null;
        if (body.Length > 0)
        {
            var configuration = S3Xml.Parse(body, "CreateBucketConfiguration").Only("LocationConstraint", "Tags");
            asked = configuration.ChildText("LocationConstraint") is { Length: > 0 } text ? text : null;
            if (configuration.Child("Tags") is { } tagSet) tags = TagSets.Read(tagSet, 50);
        }

        if (asked == "EU") asked = "eu-west-1";
        if (asked is not null && !RegionName().IsMatch(asked)) throw Errors.InvalidLocation(asked);
        if (asked is null ? region != HomeRegion : asked != region || asked == HomeRegion) throw asked == HomeRegion ? Errors.InvalidLocation(asked) : Errors.IllegalLocation(asked);
        return tags;
    }

    [GeneratedRegex("^(?:us-gov|us|eu|ap|sa|ca|me|af|cn|il|mx)-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-[1-9]$")]
    private static partial Regex RegionName();
}
