using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;

namespace Galley.Tests.DynamoDB;

/// <summary>A server of its own and DynamoDB's wire, letter by letter: what the SDKs would hide can be sent and seen.</summary>
internal sealed class DynamoDBWire : IAsyncDisposable
{
    private static readonly string[] StreamOperations = ["ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"];
    private readonly HttpClient _http = new();

    private DynamoDBWire(GalleyServer server) => Server = server;

    public GalleyServer Server { get; }

    /// <summary>For what is sent byte by byte.</summary>
    public HttpClient Http => _http;

    /// <summary>Every page that is read is kept, in little room, so that every test meets pages that are kept, changed and driven out.</summary>
    public static async Task<DynamoDBWire> StartAsync(TimeProvider? time = null, string? folder = null, bool throttle = false) => new(await GalleyServer.StartAsync(new GalleyOptions
    {
        Port = 0,
        DataFolder = folder,
        Account = "123456789012",
        AnyCredentials = true,
        Time = time ?? TimeProvider.System,
        Throttle = throttle,
        PageCacheBytes = 64 << 10,
        KeepsEveryPage = true,
    }));

    public AmazonDynamoDBClient Sdk() => new(Server.AccessKeyId, Server.SecretAccessKey,
        new AmazonDynamoDBConfig { ServiceURL = Server.Endpoint.ToString(), AuthenticationRegion = Server.Region, MaxErrorRetry = 0 });

    public async Task<HttpResponseMessage> Send(string operation, string body, string type = "application/x-amz-json-1.0")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Server.Endpoint) { Content = new StringContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.Add("X-Amz-Target", (StreamOperations.Contains(operation) ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.") + operation);
        request.Headers.TryAddWithoutValidation("X-Amz-Date", "20260101T000000Z");
        request.Headers.TryAddWithoutValidation("Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/eu-west-2/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0000");
        return await _http.SendAsync(request);
    }

    /// <summary>The call must succeed; gives its answer.</summary>
    public async Task<JsonObject> Call(string operation, string body)
    {
        using var response = await Send(operation, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>The call must fail; gives the error's body.</summary>
    public async Task<JsonObject> Fails(string operation, string body, string code)
    {
        using var response = await Send(operation, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == 400, $"{(int)response.StatusCode} {text}");
        var error = JsonNode.Parse(text)!.AsObject();
        Assert.Equal(code, ((string)error["__type"]!).Split('#')[1]);
        return error;
    }

    public async Task Refuses(string operation, string body, string message, string code = "ValidationException")
    {
        var error = await Fails(operation, body, code);
        Assert.Equal(message, (string?)(error["message"] ?? error["Message"]));
    }

    /// <summary>A table with hash key `a` (S), and range key `b` (N) when wanted.</summary>
    public Task<JsonObject> MakeTable(string name = "tab", bool range = false, string more = "") => Call("CreateTable", $$$$$$"""
        {"TableName":"{{{{{{name}}}}}}","BillingMode":"PAY_PER_REQUEST",
         "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}{{{{{{(range ? """,{"AttributeName":"b","AttributeType":"N"}""" : "")}}}}}}],
         "KeySchema":[{"AttributeName":"a","KeyType":"HASH"}{{{{{{(range ? """,{"AttributeName":"b","KeyType":"RANGE"}""" : "")}}}}}}]{{{{{{more}}}}}}}
        """);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Server.DisposeAsync();
    }
}
