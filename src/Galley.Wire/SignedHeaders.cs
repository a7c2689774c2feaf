namespace Galley.Wire;

/// <summary>`host;x-amz-date`, as sent and as names.</summary>
internal sealed class SignedHeaders(string text)
{
    private static readonly KeptByText<SignedHeaders> Read = new(text => new(text));

    public string Text => text;

    public string[] Names { get; } = text.Split(';');

    public static SignedHeaders Of(ReadOnlySpan<char> text) => Read.Read(text)!;

    public bool Contain(ReadOnlySpan<char> header)
    {
        foreach (var name in Names)
            if (header.Equals(name, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
