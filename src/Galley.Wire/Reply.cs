using System.Text;

namespace Galley.Wire;

/// <summary>An HTTP answer: status, headers and either bytes or a writer for what is too large to hold.</summary>
public sealed class Reply(int status = 200)
{
    public int Status => status;

    public List<KeyValuePair<string, string>> Headers { get; } = [];

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>What <see cref="Body"/> lies in, to be given back once it is sent.</summary>
    public IDisposable? Rented { get; init; }

    /// <summary>Writes the body to the response; used instead of <see cref="Body"/>.</summary>
    public Func<Stream, CancellationToken, Task>? Stream { get; init; }

    public static Reply Text(string body, string contentType, int status = 200)
        => new Reply(status) { Body = Encoding.UTF8.GetBytes(body) }.With("Content-Type", contentType);

    public Reply With(string name, string value)
    {
        Headers.Add(new(name, value));
        return this;
    }
}
