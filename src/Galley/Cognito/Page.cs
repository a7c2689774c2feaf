using System.Buffers.Text;
using System.Text;

namespace Galley.Cognito;

/// <summary>One page of a list; the token names the last item shown.</summary>
internal static class Page
{
    public static (IReadOnlyList<T> Items, string? Next) Of<T>(IEnumerable<T> all, int? limit, string? token, Func<T, string> id)
    {
        var size = limit ?? 60;
        var rest = all;
        if (token is not null)
        {
            var last = Last(token);
            rest = all.SkipWhile(item => id(item) != last).Skip(1);
        }

        var items = rest.Take(size + 1).ToList();
        return items.Count <= size ? (items, null) : (items[..size], Base64Url.EncodeToString(Encoding.UTF8.GetBytes(id(items[size - 1]))));
    }

    private static string Last(string token)
    {
        try
        {
            return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token));
        }
        catch (FormatException)
        {
            throw Errors.Parameter("Invalid pagination token.");
        }
    }
}
