using System.Buffers;

namespace Galley.DynamoDB;

/// <summary>Constraints of single parameters; like AWS, all broken ones are told at once, at most ten.</summary>
internal sealed class Constraints
{
    private static readonly SearchValues<char> NameLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    private List<string>? _problems;

    /// <summary>Of attributes in keys and projections; others may be far longer.</summary>
    public const int LongestKeyName = 255;

    public static bool IsName(string name) => name.AsSpan().IndexOfAnyExcept(NameLetters) < 0;

    public static string Pattern(string value, string path)
        => $"Value '{value}' at '{path}' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";

    public Constraints Name(string? value, string path, int shortest = 3, int longest = 255)
    {
        if (value is null) return Add($"Value null at '{path}' failed to satisfy constraint: Member must not be null");
        if (value.Length == 0 ? shortest > 1 : !IsName(value)) Add(Pattern(value, path));
        if (value.Length < shortest) Add($"Value '{value}' at '{path}' failed to satisfy constraint: Member must have length greater than or equal to {shortest}");
        if (value.Length > longest) Add($"Value '{value}' at '{path}' failed to satisfy constraint: Member must have length less than or equal to {longest}");
        return this;
    }

    /// <summary>The name of an attribute in a key.</summary>
    public Constraints KeyName(string? value, string path) => value is null ? this : value.Length < 1
        ? Add($"Value '{value}' at '{path}' failed to satisfy constraint: Member must have length greater than or equal to 1")
        : value.Length > LongestKeyName
            ? Add($"Value '{value}' at '{path}' failed to satisfy constraint: Member must have length less than or equal to {LongestKeyName}")
            : this;

    /// <summary>If given, at least one letter.</summary>
    public Constraints NotEmpty(string? value, string path)
        => value is { Length: 0 } ? Add($"Value '' at '{path}' failed to satisfy constraint: Member must have length greater than or equal to 1") : this;

    public Constraints Present(object? value, string path)
        => value is null ? Add($"Value null at '{path}' failed to satisfy constraint: Member must not be null") : this;

    /// <summary>A list that has a null has a member that is missing. Throws at once: what follows looks into the members.</summary>
    public static void NoNulls<T>(T[]? members, string path) where T : class
    {
        var at = members is null ? -1 : Array.FindIndex(members, member => member is null);
        if (at >= 0) new Constraints().Present(null, $"{path}.{at + 1}.member").Throw();
    }

    /// <param name="allowed">In AWS's order, `[INDEXES, TOTAL, NONE]`.</param>
    public Constraints OneOf(string? value, string path, params ReadOnlySpan<string> allowed)
        => value is null || allowed.Contains(value)
            ? this
            : Add($"Value '{value}' at '{path}' failed to satisfy constraint: Member must satisfy enum value set: [{string.Join(", ", allowed!)}]");

    public Constraints AtLeast(long? value, string path, long least)
        => value is null || value >= least ? this : Add($"Value '{value}' at '{path}' failed to satisfy constraint: Member must have value greater than or equal to {least}");

    public Constraints AtMost(long? value, string path, long most)
        => value is null || value <= most ? this : Add($"Value '{value}' at '{path}' failed to satisfy constraint: Member must have value less than or equal to {most}");

    public Constraints Count(int count, string path, int least, int most, string shown)
        => count < least
            ? Add($"Value '{shown}' at '{path}' failed to satisfy constraint: Member must have length greater than or equal to {least}")
            : count > most
                ? Add($"Value '{shown}' at '{path}' failed to satisfy constraint: Member must have length less than or equal to {most}")
                : this;

    /// <param name="pattern">As AWS tells it; whether the value has it is looked at by the caller.</param>
    public Constraints Matches(string? value, string path, bool matches, string pattern)
        => value is null || matches ? this : Add($"Value '{value}' at '{path}' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}");

    /// <summary>The value's length, in the words that name the member and do not show it.</summary>
    public Constraints Length(int length, string path, int least, int most)
        => length < least
            ? Add($"Value at '{path}' failed to satisfy constraint: Member must have length greater than or equal to {least}")
            : length > most
                ? Add($"Value at '{path}' failed to satisfy constraint: Member must have length less than or equal to {most}")
                : this;

    /// <summary>AWS's own list, slip of the pen included.</summary>
    public Constraints ReturnValues(string? value) => value is null or "ALL_OLD" or "UPDATED_OLD" or "ALL_NEW" or "UPDATED_NEW" or "NONE"
        ? this
        : Add("Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]");

    /// <summary>The members allowed are AND and OR all the same.</summary>
    public Constraints NewConditionalOperator(string? value)
        => value is null or "AND" or "OR" ? this : Add("Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]");

    public Constraints ReturnConsumedCapacity(string? value) => OneOf(value, "returnConsumedCapacity", "INDEXES", "TOTAL", "NONE");

    public Constraints ReturnItemCollectionMetrics(string? value) => OneOf(value, "returnItemCollectionMetrics", "SIZE", "NONE");

    public void Throw()
    {
        if (_problems is not null) throw Errors.Constraints([.. _problems.Take(10)]);
    }

    public Constraints Add(string problem)
    {
        (_problems ??= []).Add(problem);
        return this;
    }
}
