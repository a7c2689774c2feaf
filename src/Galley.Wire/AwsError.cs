namespace Galley.Wire;

/// <summary>
/// An error as AWS answers it (design D6). Services make theirs by named factories in their `Errors.cs`; <see cref="AwsService"/>
/// renders it in the form of the service's protocol. Any other exception becomes InternalFailure, its text only in the log.
/// </summary>
/// <param name="code">AWS's error code, `ResourceNotFoundException`.</param>
/// <param name="message">AWS's text.</param>
/// <param name="status">HTTP status.</param>
public sealed class AwsError(string code, string message, int status = 400) : Exception(message)
{
    public string Code => code;

    public int Status => status;

    /// <summary>Members that the error's shape has beside code and message (`Type`, `BucketName`, `CancellationReasons` …).</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Fields { get; init; } = [];

    /// <summary>Response headers that come with the error.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public AwsError With(string name, object value) => new(code, Message, status) { Fields = [.. Fields, new(name, value)], Headers = Headers };

    public AwsError WithHeader(string name, string value) => new(code, Message, status) { Fields = Fields, Headers = [.. Headers, new(name, value)] };
}
