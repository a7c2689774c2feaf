namespace Galley.Wire;

/// <summary>
/// An error as AWS answers it (design D6). Services make theirs by named factories in their `Errors.cs`; <see cref="AwsService"/>
/// renders it in the form of the service's protocol. Any other exception becomes InternalFailure, its text only in the log.
/// </summary>
/// <param name="code">AWS's error code, `ResourceNotFoundException`.</param>
/// <param name="message">AWS's text.</param>
/// <param name="status">HTTP status.</param>
public class AwsError(string code, string message, int status = 400) : Exception(message)
{
    public string Code => code;

    public int Status => status;

    /// <summary>Members that the error's shape has beside code and message (`Type`, `BucketName`, `CancellationReasons` …).</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Fields { get; init; } = [];

    /// <summary>Response headers that come with the error.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>What decided, for the call's trail only (<see cref="Trail"/>); never rendered.</summary>
    public string Check { get; private init; } = "answer";

    /// <summary>The reason behind the error in plain words, for the trail only; null where AWS's own text says it all.</summary>
    public string? Why { get; private init; }

    /// <summary>What would have made the check say yes, for the trail only.</summary>
    public string Fix { get; private init; } = "";

    public AwsError With(string name, object value) => Copy([.. Fields, new(name, value)], Headers);

    public AwsError WithHeader(string name, string value) => Copy(Fields, [.. Headers, new(name, value)]);

    /// <summary>The same error with its reason for the trail: `throw Errors.NoSuchKey(key).Because("public access block", …)`.</summary>
    public AwsError Because(string check, string why, string fix = "") => new(code, Message, status) { Fields = Fields, Headers = Headers, Check = check, Why = why, Fix = fix };

    private AwsError Copy(IReadOnlyList<KeyValuePair<string, object>> fields, IReadOnlyList<KeyValuePair<string, string>> headers)
        => new(code, Message, status) { Fields = fields, Headers = headers, Check = Check, Why = Why, Fix = Fix };
}
