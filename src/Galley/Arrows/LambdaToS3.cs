using System.Text.RegularExpressions;
using Galley.Iam;
using Galley.Lambda;
using Galley.S3;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>Function code from a bucket, read as whoever creates or updates the function; records of failed invocations, written as the function's role.</summary>
internal sealed partial class LambdaToS3(Installation installation, S3Service s3, IamService iam) : IFetchCode, IKeepRecords
{
    private readonly RoleSessions _roles = new(installation, iam, "lambda.amazonaws.com", "lambda");

    private static readonly Dictionary<string, string> NoHeaders = [];

    public async ValueTask<byte[]> Fetch(Principal caller, string bucket, string key, long limit, CancellationToken cancel)
    {
        var reply = await s3.Fetch(new ObjectFetch(bucket, key, "GET", caller, null, NoHeaders));
        if (reply.Status != 200)
        {
            var error = System.Text.Encoding.UTF8.GetString(reply.Body.Span);
            throw new AwsError(Code().Match(error) is { Success: true } code ? code.Groups[1].Value : "InternalError", Message().Match(error) is { Success: true } message ? message.Groups[1].Value : "", reply.Status);
        }

        if (reply.Stream is null) return reply.Body.ToArray();
        using var zip = new LimitedStream(limit);
        await reply.Stream(zip, cancel);
        return zip.ToArray();
    }

    public async ValueTask Put(string roleArn, string bucket, string key, ReadOnlyMemory<byte> json)
    {
        try
        {
            await s3.Exchange.Put(await Role(), bucket, key, "application/json", new MemoryStream(json.ToArray(), writable: false), CancellationToken.None);
        }
        catch (AwsError e) when (e.Status == 403)
        {
            _roles.Forget(roleArn);
            await s3.Exchange.Put(await Role(), bucket, key, "application/json", new MemoryStream(json.ToArray(), writable: false), CancellationToken.None);
        }

        async ValueTask<Principal> Role() => await _roles.Of(roleArn) ?? throw new AwsError("AccessDenied", $"Lambda cannot assume the role {roleArn}.", 403);
    }

    [GeneratedRegex("<Code>([^<]*)</Code>")]
    private static partial Regex Code();

    [GeneratedRegex("<Message>([^<]*)</Message>")]
    private static partial Regex Message();

    private sealed class LimitedStream(long limit) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
            => Length + buffer.Length > limit ? throw new AwsError("EntityTooLarge", $"Zipped size must be smaller than {limit} bytes") : base.WriteAsync(buffer, cancellationToken);

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Length + buffer.Length > limit) throw new AwsError("EntityTooLarge", $"Zipped size must be smaller than {limit} bytes");
            base.Write(buffer);
        }
    }
}
