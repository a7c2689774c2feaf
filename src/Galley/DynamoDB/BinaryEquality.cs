namespace Galley.DynamoDB;

/// <summary>Binary values by their bytes, for sets of them: a set may have 100,000 members, so nothing compares each with each.</summary>
internal sealed class BinaryEquality : IEqualityComparer<byte[]>
{
    public static readonly BinaryEquality Instance = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj)
    {
        var hash = new HashCode();
        hash.AddBytes(obj);
        return hash.ToHashCode();
    }
}
