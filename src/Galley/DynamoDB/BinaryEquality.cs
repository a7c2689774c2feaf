namespace Galley.DynamoDB;

/// <summary>Binary values by their bytes, for sets of them: a set may have 100,000 members, so each is compared with each only where they are few.</summary>
internal sealed class BinaryEquality : IEqualityComparer<byte[]>
{
    private const int Few = 8;

    public static readonly BinaryEquality Instance = new();

    /// <summary>Whether none of them comes twice.</summary>
    public static bool AreApart(IReadOnlyList<byte[]> all)
    {
        if (all.Count <= Few)
        {
            for (var i = 1; i < all.Count; i++)
                for (var j = 0; j < i; j++)
                    if (all[i].AsSpan().SequenceEqual(all[j])) return false;
            return true;
        }

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
