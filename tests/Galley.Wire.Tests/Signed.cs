using System.Text;
using Microsoft.AspNetCore.Http;

namespace Galley.Wire.Tests;

/// <summary>A request as it came over the wire, and what the verification says of it.</summary>
internal sealed record Signed(string Method, string Path, string Query, Dictionary<string, string> Headers, byte[] Body)
{
    public const string AccessKeyId = "AKIAIOSFODNN7EXAMPLE", Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    public static readonly DateTimeOffset Now = new(2026, 11, 22, 16, 0, 0, TimeSpan.Zero);
    public static readonly Principal Owner = new(PrincipalKind.User, "arn:aws:iam::123456789012:user/u", "AIDA");

    public CallerKey? Key { get; init; } = new(Secret, Owner);

    private static readonly Func<System.Text.Json.Serialization.JsonSerializerContext> NoContracts = () => throw new NotSupportedException();

    public bool Any { get; init; }

    public DateTimeOffset At { get; init; } = Now;

    public ApiRequest Request()
    {
        var http = new DefaultHttpContext();
        http.Request.Method = Method;
        foreach (var (name, value) in Headers) http.Request.Headers[name] = value.Split('\n'); // a line each
        http.Request.Body = new MemoryStream(Body);
        return new ApiRequest(http, Path, Query) { Body = Body };
    }

    public ValueTask<Principal> Verify(AwsService service, bool anonymous = false) => Verify(Request(), service, anonymous);

    public async ValueTask<Principal> Verify(ApiRequest request, AwsService service, bool anonymous = false)
        => await SigV4.Authenticate(
            request, service, new Operation("Op", "x:Op", _ => throw new NotSupportedException()) { Anonymous = anonymous },
            new SigV4.Rules(At, "eu-west-2", "123456789012", Any), id => new(id == AccessKeyId ? Key : null), new Trail());

    public async Task<AwsError> Refused(AwsService service) => await Assert.ThrowsAsync<AwsError>(async () => await Verify(service));

    public static AwsService Json(string name) => new JsonService(name, Protocol.AwsJson10, NoContracts, "T");

    public static AwsService Rest(string name) => new JsonService(name, Protocol.RestJson, NoContracts, "/");

    public static AwsService QueryApi(string name) => new QueryService(name, "1", "x", NoContracts);

    public static AwsService S3 { get; } = new Streaming();

    /// <summary>A header-signed request with the given signature.</summary>
    public static Signed Header(string method, string path, string query, string service, string signedHeaders, string signature, string body = "", params (string, string)[] headers)
    {
        var all = new Dictionary<string, string> { ["Host"] = "localhost:4566", ["X-Amz-Date"] = "20261122T160000Z" };
        foreach (var (name, value) in headers) all[name] = value;
        all["Authorization"] = $"AWS4-HMAC-SHA256 Credential={AccessKeyId}/20261122/eu-west-2/{service}/aws4_request, SignedHeaders={signedHeaders}, Signature={signature}";
        return new Signed(method, path, query, all, Encoding.UTF8.GetBytes(body));
    }

    /// <summary>The DynamoDB vector, which most refusals start from.</summary>
    public static Signed ListTables() => Header(
        "POST", "/", "", "dynamodb", "content-type;host;x-amz-date;x-amz-target", "23238d41867a36e018210847b04e50041c26445105ef118cf81f1f1008ca5c8d", "{}",
        ("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "DynamoDB_20120810.ListTables"));

    public Signed With(string header, string? value)
    {
        var headers = new Dictionary<string, string>(Headers);
        if (value is null) headers.Remove(header);
        else headers[header] = value;
        return this with { Headers = headers };
    }

    public Signed Authorization(string from, string to) => With("Authorization", Headers["Authorization"].Replace(from, to, StringComparison.Ordinal));

    private sealed class Streaming : AwsService
    {
        public override string SigningName => "s3";

        public override Protocol Protocol => Protocol.RestXml;

        public override bool BuffersBody => false;

        public override IEnumerable<Operation> Operations => [];

        public override Operation Identify(ApiRequest request) => throw new NotSupportedException();

        public override Reply RenderError(AwsError error, string requestId) => throw new NotSupportedException();
    }
}
