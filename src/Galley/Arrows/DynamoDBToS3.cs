using System.Text;
using System.Text.RegularExpressions;
using Galley.DynamoDB.Transfers;
using Galley.S3;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>DynamoDB writes exports to a bucket and reads imports from one, as whoever asked for them.</summary>
internal sealed partial class DynamoDBToS3(S3Service s3) : IKeepObjects
{
    private static readonly Dictionary<string, string> NoHeaders = [];

    public ValueTask<string> Put(Principal caller, NewObject made, Stream content, CancellationToken cancel)
        => s3.Exchange.Put(caller, made.Bucket, made.Key, "application/octet-stream", content, cancel, made.Encryption);

    public ValueTask<IReadOnlyList<string>> List(Principal caller, string bucket, string prefix) => s3.Exchange.List(caller, bucket, prefix);

    public async ValueTask Read(Principal caller, string bucket, string key, Stream into, CancellationToken cancel)
    {
        var reply = await s3.Fetch(new ObjectFetch(bucket, key, "GET", caller, null, NoHeaders));
        if (reply.Status != 200)
        {
            var error = Encoding.UTF8.GetString(reply.Body.Span);
            throw new AwsError(Code().Match(error) is { Success: true } code ? code.Groups[1].Value : "InternalError", Message().Match(error) is { Success: true } text ? text.Groups[1].Value : "", reply.Status);
        }

        if (reply.Stream is null) await into.WriteAsync(reply.Body, cancel);
        else await reply.Stream(into, cancel);
    }

    [GeneratedRegex("<Code>([^<]*)</Code>")]
    private static partial Regex Code();

    [GeneratedRegex("<Message>([^<]*)</Message>")]
    private static partial Regex Message();
}
