namespace Galley.DynamoDB.Transfers;

/// <summary>Pages of a list, the newest first, whose token is the ARN of the last one told: ListExports and ListImports.</summary>
internal static class ArnPages
{
    private const int Longest = 25, Usual = 10;

    /// <param name="size">`MaxResults` or `PageSize`.</param>
    /// <param name="name">How the constraint names it.</param>
    public static void Check(int? size, string name) => new Constraints().AtLeast(size, name, 1).AtMost(size, name, Longest).Throw();

    /// <summary>The page behind <paramref name="token"/>, and the token of the next; throws for a token that is none.</summary>
    public static (IEnumerable<T> Page, string? Next) Of<T>(List<T> all, string? token, int? size, Func<T, string> arnOf, Func<T, DateTimeOffset> timeOf)
    {
        all = [.. all.OrderByDescending(timeOf).ThenByDescending(arnOf, StringComparer.Ordinal)];
        var from = token is null ? 0 : all.FindIndex(one => arnOf(one) == token) + 1;
        if (token is not null && from == 0) throw Errors.Validation($"Invalid Request: Provided nextToken is invalid: {token}");
        var end = Math.Min(all.Count, from + (size ?? Usual));
        return (all[from..end], end < all.Count ? arnOf(all[end - 1]) : null);
    }
}
