namespace Galley.DynamoDB;

/// <summary>Binary values by their bytes, for sets of them: a set may have 100,000 members, so nothing compares each with each.</summary>
internal sealed class BinaryEquality : IEqualityComparer<byte[]>
{
    public static readonly BinaryEquality Instance = new();

    /// <summary>Whether none of them comes twice.</summary>
    public static bool AreApart(IEnumerable<byte[]> all)
    {
        var seen = new HashSet<byte[]>(Instance);
        foreach (var one in all)
            if (!seen.Add(one))
                return false;
        return true;
    }

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] obj)
    {
        var hash = new HashCode();
        hash.AddBytes(obj);
        return hash.ToHashCode();
    }
}
