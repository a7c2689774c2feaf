using System.Collections.Concurrent;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>
/// Cognito's wire: awsJson 1.1, and beside it, under the pool's path, the two documents of an OpenID provider and the upload of import files.
/// Browsers call the operations that need no signature directly, so those answers carry CORS headers; no other answer does.
/// </summary>
internal sealed partial class CognitoApi(OAuth.Discovery discovery, UserImports imports) : JsonService("cognito-idp", Protocol.AwsJson11, () => CognitoJson.Default, "AWSCognitoIdentityProviderService")
{
    // Without `authorization`: a web page must not get a signed call through a preflight.
    private const string AllowedHeaders =
        "content-type, cache-control, x-amz-target, x-amz-user-agent, amz-sdk-invocation-id, amz-sdk-request, x-amzn-trace-id, x-amzn-sdk-version, x-requested-with";

    private readonly ConcurrentDictionary<string, Operation> _checked = new();

    private IReadOnlySet<string>? _unsigned;

    public override bool OwnsPath(ApiRequest request) => request.RawPath.Length > 1 ? Document().IsMatch(request.RawPath) || Upload().IsMatch(request.RawPath) : IsPreflight(request);

    public override Reply? AnswerPlainHttp(ApiRequest request) => IsPreflight(request)
        ? new Reply(200)
            .With("Access-Control-Allow-Origin", "*")
            .With("Access-Control-Allow-Headers", AllowedHeaders)
            .With("Access-Control-Allow-Methods", "POST, GET, OPTIONS")
            .With("Access-Control-Max-Age", "172800")
        : null;

    public override Operation Identify(ApiRequest request)
    {
        if (request.RawPath == "/") return Checked(base.Identify(request));
        if (Upload().Match(request.RawPath) is { Success: true } upload && request.Method == "PUT")
            return new Operation("PutImportFile", "", api => new BoundCall(_ => "*", _ => imports.Upload(upload.Groups[1].Value, upload.Groups[2].Value, upload.Groups[3].Value, api.Body))) { Unsigned = true };
        if (Document().Match(request.RawPath) is not { Success: true } match || request.Target is not null) return Checked(base.Identify(request));
        if (request.Method is not ("GET" or "HEAD")) throw new AwsError("MethodNotAllowedException", "Only GET is allowed here.", 405);
        return new Operation(match.Groups[2].Value, "", api => new BoundCall(_ => "*", _ => discovery.Answer(match.Groups[1].Value, match.Groups[2].Value, api))) { Unsigned = true };
    }

    protected override AwsError Unreadable(string problem, string? path, ReadOnlySpan<byte> body, JsonTypeInfo? type)
    {
        const string missing = "Missing required parameter: ";
        var error = base.Unreadable(problem, path, body, type);
        return error.Message.StartsWith(missing, StringComparison.Ordinal) ? Constraints.Missing(error.Message[missing.Length..].Split(", ")) : error;
    }

    /// <summary>The operation, whose members are judged by the model before it reads them.</summary>
    private Operation Checked(Operation operation) => _checked.TryGetValue(operation.Name, out var known) ? known : _checked[operation.Name] = operation with
    {
        Bind = api =>
        {
            Constraints.Check(api.Body.Span);
            return operation.Bind(api);
        },
    };

    public override Reply RenderError(AwsError error, string requestId)
    {
        // The one header that SDKs read before the body; AWS ends the name with a colon.
        var reply = base.RenderError(error, requestId);
        reply.Headers.RemoveAll(header => header.Key == "x-amzn-ErrorType");
        return reply.With("x-amzn-ErrorType", error.Code + ":").With("x-amzn-ErrorMessage", new string([.. error.Message.Where(c => c is >= ' ' and <= '~').Take(1024)]));
    }

    public override void Finish(ApiRequest request, Reply reply)
    {
        _unsigned ??= Operations.Where(operation => operation.Unsigned).Select(operation => operation.Name).ToHashSet();
        var target = request.Target;
        if (target is null ? !Document().IsMatch(request.RawPath) : !_unsigned.Contains(target[(target.LastIndexOf('.') + 1)..])) return;
        reply.With("Access-Control-Allow-Origin", "*").With("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date");
    }

    private static bool IsPreflight(ApiRequest request)
        => request.Method == "OPTIONS" && request.RawPath == "/"
            && request.Header("Access-Control-Request-Headers")?.Contains("x-amz-target", StringComparison.OrdinalIgnoreCase) == true;

    [GeneratedRegex(@"^/([\w-]+_[0-9a-zA-Z]+)/\.well-known/(jwks\.json|openid-configuration)$")]
    private static partial Regex Document();

    [GeneratedRegex(@"^/([\w-]+_[0-9a-zA-Z]+)/import/(import-[0-9A-Za-z]{10})/([0-9a-z]{40})$")]
    private static partial Regex Upload();
}
