using Galley.Wire;

namespace Galley.DynamoDB.Transfers;

/// <summary>What exports and imports ask of the members that they share.</summary>
internal static class TransferRules
{
    private const int LongestPrefix = 1024;

    /// <param name="at">The path of the structure they are in, with its dot.</param>
    public static Constraints Bucket(this Constraints constraints, string? bucket, string? prefix, string at)
    {
        constraints.Present(bucket, at + "s3Bucket").Matches(bucket, at + "s3Bucket", bucket is not null && IsBucket(bucket), @"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$");
        if (bucket?.Length > Constraints.LongestKeyName) constraints.Count(bucket.Length, at + "s3Bucket", 1, Constraints.LongestKeyName, bucket);
        return prefix?.Length > LongestPrefix ? constraints.Count(prefix.Length, at + "s3KeyPrefix", 1, LongestPrefix, prefix) : constraints;
    }

    public static Constraints Token(this Constraints constraints, string? token)
        => constraints.Matches(token, "clientToken", token?.Length > 0 && !token.Contains('$', StringComparison.Ordinal), @"^[^\$]+$");

    /// <summary>The table and the id in the ARN of an export or import; another account's nobody may see.</summary>
    /// <param name="kind">`export` or `import`.</param>
    public static (string Table, string Id) Parts(string? text, string kind, string operation, Call call)
    {
        new Constraints().Present(text, kind + "Arn").Throw();
        var own = call.Arn("dynamodb", "");
        if (text!.StartsWith(own, StringComparison.Ordinal))
            return text[own.Length..].Split('/') is ["table", { Length: >= 3 } table, var what, { Length: > 0 } id] && what == kind ? (table, id) : throw Invalid();
        throw text.StartsWith("arn:", StringComparison.Ordinal) && text.Split(':').Length >= 6 ? Errors.NotAuthorized(call, operation, text) : Invalid();

        AwsError Invalid() => Errors.Validation(kind == "export" ? "Invalid Export ARN" : "Invalid Import ARN");
    }

    /// <summary>There are buckets of this account alone; whoever names another as their owner means none of them.</summary>
    public static void CheckOwner(string? owner, Call call)
    {
        if (owner is not null && owner != call.Account) throw new AwsError("AccessDenied", "Access Denied");
    }

    /// <summary>How the description of a failed export or import names what S3 said.</summary>
    public static string FailureCode(AwsError error) => error.Code is "NoSuchBucket" or "AccessDenied" ? "S3" + error.Code : error.Code;

    private static bool IsBucket(string name)
        => name.Length > 1 && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
}

/// <summary>Counts the bytes that are read through it.</summary>
internal sealed class CountedStream(Stream inner) : Stream
{
    public long Count { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => Count; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Count += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Count += read;
        return read;
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
