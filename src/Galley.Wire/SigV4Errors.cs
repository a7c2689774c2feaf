using System.Text;

namespace Galley.Wire;

/// <summary>
/// The refusals of a signature, in the code, status and words of the service's kind: JSON 400, REST 403, query 403 with other codes, and S3's own.
/// The texts were recorded from DynamoDB and S3.
/// </summary>
internal sealed class SignatureErrors
{
    private const string WrongText = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    private static readonly SignatureErrors JsonKind = new(Kind.Json), RestKind = new(Kind.Rest), QueryKind = new(Kind.Query);
    private readonly Kind _kind;

    private SignatureErrors(Kind kind) => _kind = kind;

    private enum Kind
    {
        Json,
        Rest,
        Query,
        S3,
    }

    public static SignatureErrors OfS3 { get; } = new(Kind.S3);

    public static SignatureErrors Of(AwsService service) => service switch
    {
        { SignsAsSent: true } => OfS3,
        { Protocol: Protocol.AwsJson10 or Protocol.AwsJson11 } => JsonKind,
        { Protocol: Protocol.RestJson } => RestKind,
        _ => QueryKind,
    };

    public AwsError Missing() => (_kind switch
    {
        Kind.S3 => Denied("Access Denied"),
        Kind.Query => new AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403),
        Kind.Rest => new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403),
        _ => new AwsError("MissingAuthenticationTokenException", "Request is missing Authentication Token"),
    }).Because("signature", "the request is not signed", "sign it with an access key (`galley env` prints one), or let the resource's own policy allow everybody");

    /// <summary>An Authorization header that is none of ours: for most services as if there were none.</summary>
    public SignedParts? ForeignScheme() => _kind == Kind.S3
        ? throw new AwsError("InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
        : null;

    public AwsError UnknownAlgorithm(string algorithm, bool fromQuery = false) => _kind == Kind.S3
        ? fromQuery ? S3Query("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"") : new("InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
        : Incomplete($"Unsupported AWS 'algorithm': '{algorithm}'. ");

    public AwsError HeaderAndQuery(string header) => (_kind == Kind.S3
        ? new AwsError("InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified")
            .With("ArgumentName", "Authorization").With("ArgumentValue", header)
        : Invalid("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")).Because("signature", "the request is signed twice, in its header and in its query", "sign it in one place");

    public AwsError IncompleteHeader(string header, bool credential, bool signature, bool signedHeaders, bool date)
    {
        if (_kind == Kind.S3)
            return date && !credential && !signature && !signedHeaders
                ? Denied("AWS authentication requires a valid Date or x-amz-date header")
                : new("AuthorizationHeaderMalformed", "The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature.");
        var text = new StringBuilder();
        if (credential) text.Append("Authorization header requires 'Credential' parameter. ");
        if (signature) text.Append("Authorization header requires 'Signature' parameter. ");
        if (signedHeaders) text.Append("Authorization header requires 'SignedHeaders' parameter. ");
        if (date) text.Append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
        return Incomplete(text.Append("Authorization=").Append(header).ToString());
    }

    public AwsError IncompleteQuery(string[] missing) => _kind == Kind.S3
        ? S3Query("Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
        : Incomplete(string.Concat(missing.Select(name => $"AWS query-string parameters must include '{name}'. ")) + "Re-examine the query-string parameters.");

    public AwsError MalformedCredential(string credential, bool fromQuery)
    {
        const string Expected = "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".";
        if (_kind != Kind.S3) return Incomplete($"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'");
        return fromQuery ? S3Query("Error parsing the X-Amz-Credential parameter; " + Expected) : new("AuthorizationHeaderMalformed", "The authorization header is malformed; " + Expected);
    }

    public AwsError WrongDate(string date) => _kind == Kind.S3
        ? Denied("AWS authentication requires a valid Date or x-amz-date header")
        : Incomplete($"Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601");

    public AwsError WrongExpires(string text) => _kind == Kind.S3 ? S3Query(text) : Incomplete(text);

    /// <summary>A header S3 needs in a form it cannot take.</summary>
    public AwsError Malformed(string code, string text) => new(code, text);

    public AwsError HostNotSigned() => (_kind == Kind.S3
        ? HeadersNotSigned("host")
        : Invalid("'Host' must be a 'SignedHeader' in the AWS Authorization.")).Because("signature", "the Host header is not among the signed headers", "sign host");

    public AwsError HeadersNotSigned(string names) => Denied("There were headers present in the request which were not signed").With("HeadersNotSigned", names)
        .Because("signature", $"these headers came with the request and were not signed: {names}", "sign them, or do not send them");

    public AwsError WrongScope(SignedParts parts, string service, string expectedRegion, bool region, bool name, bool terminator, bool date)
    {
        var credential = parts.Credential;
        if (_kind == Kind.S3)
        {
            var what = region ? $"the region '{credential.Region}' is wrong; expecting '{expectedRegion}'"
                : name ? $"incorrect service \"{credential.Service}\". This endpoint belongs to \"{service}\"."
                : terminator ? $"incorrect terminal \"{credential.Terminator}\". This endpoint uses \"aws4_request\"."
                : $"Invalid credential date \"{credential.Date}\". This date is not the same as X-Amz-Date: \"{parts.Timestamp[..8]}\".";
            var error = parts.FromQuery ? S3Query("Error parsing the X-Amz-Credential parameter; " + what) : new AwsError("AuthorizationHeaderMalformed", "The authorization header is malformed; " + what);
            return region ? error.With("Region", expectedRegion) : error;
        }

        var text = new StringBuilder();
        if (region) text.Append($"Credential should be scoped to a valid region, not '{credential.Region}'. ");
        if (name) text.Append($"Credential should be scoped to correct service: '{service}'. ");
        if (terminator) text.Append($"Credential should be scoped with a valid terminator: 'aws4_request', not '{credential.Terminator}'. ");
        if (date) text.Append($"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{credential.Date}' != '{parts.Timestamp[..8]}', from '{parts.Timestamp}'.");
        return Invalid(text.ToString());
    }

    public AwsError WrongRegionSet(string? given) => Invalid($"The X-Amz-Region-Set header must be signed and name the regions that the request is for, not '{given}'.")
        .Because("signature", "a signature of version 4a is for the regions that a signed X-Amz-Region-Set header names, and there is none that can be read", "sign X-Amz-Region-Set: *");

    public AwsError TooLate(SignedParts parts, DateTimeOffset now, TimeSpan skew) => (_kind == Kind.S3
        ? Skewed(parts, now, skew)
        : Invalid($"Signature expired: {parts.Timestamp} is now earlier than {SigV4.FormatTime(now - skew)} ({SigV4.FormatTime(now)} - {skew.TotalMinutes:0} min.)")).Because("signature", $"the request was signed at {parts.Timestamp}, more than 15 minutes before now ({SigV4.FormatTime(now)})", "set the client's clock");

    public AwsError TooEarly(SignedParts parts, DateTimeOffset now, TimeSpan skew) => (_kind == Kind.S3
        ? parts.FromQuery ? Denied("Request is not yet valid") : Skewed(parts, now, skew)
        : Invalid($"Signature not yet current: {parts.Timestamp} is still later than {SigV4.FormatTime(now + skew)} ({SigV4.FormatTime(now)} + {skew.TotalMinutes:0} min.)")).Because("signature", $"the request was signed at {parts.Timestamp}, more than 15 minutes after now ({SigV4.FormatTime(now)})", "set the client's clock");

    public AwsError PresignExpired(SignedParts parts, DateTimeOffset now, TimeSpan life) => (_kind == Kind.S3
        ? Denied("Request has expired").With("X-Amz-Expires", $"{life.TotalSeconds:0}").With("Expires", Iso(parts.Time + life)).With("ServerTime", Iso(now))
        : Invalid($"Signature expired: {parts.Timestamp} is now earlier than {SigV4.FormatTime(now - life)} ({SigV4.FormatTime(now)} - {life.TotalMinutes:0} min.)")).Because("signature", $"the presigned URL was made at {parts.Timestamp} for {life.TotalSeconds:0} seconds, which are over", "make a new URL, or one that lives longer (at most a week, and no longer than the credentials that signed it)");

    public AwsError UnknownKey(string accessKeyId)
    {
        const string Text = "The security token included in the request is invalid.";
        return (_kind switch
        {
            Kind.S3 => new AwsError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403).With("AWSAccessKeyId", accessKeyId),
            Kind.Query => new AwsError("InvalidClientTokenId", Text, 403),
            _ => new AwsError("UnrecognizedClientException", Text, Status),
        }).Because("signature", $"no access key {accessKeyId} is known here", "use the key that `galley env` prints, or make one with CreateAccessKey");
    }

    public AwsError WrongToken() => (_kind == Kind.S3
        ? new("InvalidToken", "The provided token is malformed or otherwise invalid.")
        : UnknownKey("")).Because("signature", "the session token is not the one that came with this temporary key, or there is none", "send access key, secret and session token of the same credentials");

    public AwsError ExpiredToken() => (_kind switch
    {
        Kind.S3 => new AwsError("ExpiredToken", "The provided token has expired."),
        Kind.Query => new AwsError("ExpiredToken", "The security token included in the request is expired", 403),
        _ => new AwsError("ExpiredTokenException", "The security token included in the request is expired", Status),
    }).Because("signature", "the temporary credentials have expired", "get new ones (AssumeRole, or sign in again)");

    public AwsError WrongSignature(string accessKeyId, string signature, string stringToSign, string canonical) => (_kind switch
    {
        Kind.S3 => new AwsError("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.", 403)
            .With("AWSAccessKeyId", accessKeyId).With("StringToSign", stringToSign).With("SignatureProvided", signature).With("StringToSignBytes", HexBytes(stringToSign))
            .With("CanonicalRequest", canonical).With("CanonicalRequestBytes", HexBytes(canonical)),
        Kind.Json => Invalid($"{WrongText}\n\nThe Canonical String for this request should have been\n'{canonical}'\n\nThe String-to-Sign should have been\n'{stringToSign}'\n"),
        _ => Invalid(WrongText),
    }).Because("signature", $"the signature is not what the secret of {accessKeyId} makes of this request", "check the secret access key, and that nothing on the way changes path, query, signed headers or body; the answer shows what was to be signed");

    private int Status => _kind == Kind.Json ? 400 : 403;

    private AwsError Invalid(string text) => _kind == Kind.Query ? new("SignatureDoesNotMatch", text, 403) : new("InvalidSignatureException", text, Status);

    private AwsError Incomplete(string text) => _kind == Kind.Query ? new("IncompleteSignature", text) : new("IncompleteSignatureException", text, Status);

    private static AwsError Denied(string text) => new("AccessDenied", text, 403);

    private static AwsError S3Query(string text) => new("AuthorizationQueryParametersError", text);

    private static AwsError Skewed(SignedParts parts, DateTimeOffset now, TimeSpan skew)
        => new AwsError("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", 403)
            .With("RequestTime", parts.Timestamp).With("ServerTime", Iso(now)).With("MaxAllowedSkewMilliseconds", $"{skew.TotalMilliseconds:0}");

    private static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static string HexBytes(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)) is var hex
        ? string.Join(' ', Enumerable.Range(0, hex.Length / 2).Select(i => hex.Substring(i * 2, 2)))
        : "";
}
