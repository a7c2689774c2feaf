using System.Globalization;

namespace Galley.DynamoDB.Streams;

/// <summary>A place in a shard to read on from, good for 15 minutes. It names the stream, whose right is checked with every use.</summary>
/// <param name="After">Position of the last record already seen.</param>
/// <param name="FromHorizon">Starts at whatever is oldest, so that nothing can be missing.</param>
internal sealed record ShardIterator(string StreamArn, long After, DateTimeOffset MadeAt, bool FromHorizon)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(15);

    public bool Ended(DateTimeOffset now) => now - MadeAt > Life;

    public override string ToString()
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{After} {MadeAt.ToUnixTimeMilliseconds()} {(FromHorizon ? 1 : 0)}");
        return $"{StreamArn}|1|{Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(place))}";
    }

    /// <summary>Null for text that is none of our iterators.</summary>
    public static ShardIterator? Read(string? text)
    {
        if (text?.Split('|') is not [var arn, "1", var encoded]) return null;
        Span<byte> bytes = stackalloc byte[96];
        if (encoded.Length > 120 || !Convert.TryFromBase64String(encoded, bytes, out var length)) return null;
        return System.Text.Encoding.ASCII.GetString(bytes[..length]).Split(' ') is [var after, var made, var horizon]
               && long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var position)
               && long.TryParse(made, NumberStyles.None, CultureInfo.InvariantCulture, out var time) && time < 253_402_300_800_000
            ? new ShardIterator(arn, position, DateTimeOffset.FromUnixTimeMilliseconds(time), horizon == "1")
            : null;
    }
}
