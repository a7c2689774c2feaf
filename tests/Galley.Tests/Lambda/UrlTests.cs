using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>Function URLs and streamed answers.</summary>
public class UrlTests
{
    private const string Echo = """
        def lambda_handler(event, context):
            what = (event.get("queryStringParameters") or {}).get("what")
            if what == "text": return "hello"
            if what == "number": return 3
            if what == "list": return ["hello", 3, True]
            if what == "fail": raise ValueError("no")
            if what == "whole": return {"statusCode": 201, "headers": {"X-Own": "1", "Access-Control-Allow-Origin": "evil"}, "cookies": ["a=b"], "body": "body123"}
            return event
        """;

    [Fact]
    public async Task A_URL_without_authentication_answers_whom_the_policy_lets_in()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Echo, await functions.Role("r"));
        var created = await functions.Js.Call("lambda", "CreateFunctionUrlConfig", JsonNode.Parse("""{"FunctionName":"f","AuthType":"NONE","Cors":{"AllowOrigins":["https://app.example"],"AllowMethods":["GET","POST"],"AllowHeaders":["x-own"],"MaxAge":60,"AllowCredentials":true}}""")!);
        Assert.Matches("^https://[a-z0-9]{32}\\.lambda-url\\.eu-west-2\\.on\\.aws/$", (string)created["FunctionUrl"]!);
        Assert.StartsWith("Failed to create function url config for [functionArn = arn:aws:lambda:", (await functions.Js.Fails("lambda", "CreateFunctionUrlConfig", new { FunctionName = "f", AuthType = "NONE" })).Text);
        Assert.Equal("BUFFERED", (string)(await functions.Js.Call("lambda", "GetFunctionUrlConfig", new { FunctionName = "f" }))["InvokeMode"]!);
        using var http = new Browser(functions.Server, (string)created["FunctionUrl"]!);

        var refused = await http.Get("");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.StartsWith("""{"Message":"Forbidden.""", await refused.Content.ReadAsStringAsync());
        await functions.Js.Call("lambda", "AddPermission", new { FunctionName = "f", StatementId = "url", Action = "lambda:InvokeFunctionUrl", Principal = "*", FunctionUrlAuthType = "NONE" });
        Assert.Equal(HttpStatusCode.Forbidden, (await http.Get("")).StatusCode); // both actions are asked for since October 2025
        await functions.Js.Call("lambda", "AddPermission", new { FunctionName = "f", StatementId = "invoke", Action = "lambda:InvokeFunction", Principal = "*", InvokedViaFunctionUrl = true });

        var answer = await http.Get("a%20b?x=1&x=2", request => request.Headers.Add("Cookie", "c=d; e=f"));
        var @event = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(("2.0", "$default", "/a%20b", "x=1&x=2", "1,2"), ((string)@event["version"]!, (string)@event["routeKey"]!, (string)@event["rawPath"]!, (string)@event["rawQueryString"]!, (string)@event["queryStringParameters"]!["x"]!));
        var trace = Assert.Single(answer.Headers.GetValues("X-Amzn-Trace-Id"));
        Assert.Equal((trace.Split(';')[0], Assert.Single(answer.Headers.GetValues("x-amzn-RequestId"))), ((string)@event["headers"]!["x-amzn-trace-id"]!, (string)@event["requestContext"]!["requestId"]!));
        const string sent = "Root=1-5e6722a7-0123456789abcdef01234567";
        var traced = await http.Get("", request => request.Headers.Add("X-Amzn-Trace-Id", sent + ";Sampled=1"));
        Assert.Equal(sent, (string)JsonNode.Parse(await traced.Content.ReadAsStringAsync())!["headers"]!["x-amzn-trace-id"]!);
        Assert.StartsWith(sent + ";Parent=", Assert.Single(traced.Headers.GetValues("X-Amzn-Trace-Id")));
        Assert.Equal("""["c=d","e=f"]""", @event["cookies"]!.ToJsonString());
        Assert.Equal(("anonymous", "GET"), ((string)@event["requestContext"]!["accountId"]!, (string)@event["requestContext"]!["http"]!["method"]!));
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("hello", await (await http.Get("?what=text")).Content.ReadAsStringAsync());
        Assert.Equal("3", await (await http.Get("?what=number")).Content.ReadAsStringAsync());
        Assert.Equal("""["hello",3,true]""", await (await http.Get("?what=list")).Content.ReadAsStringAsync());
        var failed = await http.Get("?what=fail");
        Assert.Equal((502, "Internal Server Error"), ((int)failed.StatusCode, await failed.Content.ReadAsStringAsync()));
        var whole = await http.Get("?what=whole", request => request.Headers.Add("Origin", "https://app.example"));
        Assert.Equal((201, "body123", "application/json"), ((int)whole.StatusCode, await whole.Content.ReadAsStringAsync(), whole.Content.Headers.ContentType!.ToString()));
        Assert.Equal("a=b", Assert.Single(whole.Headers.GetValues("Set-Cookie")));
        Assert.Equal("https://app.example", Assert.Single(whole.Headers.GetValues("Access-Control-Allow-Origin")));
        var preflight = await http.Send(HttpMethod.Options, "", request =>
        {
            request.Headers.Add("Origin", "https://app.example");
            request.Headers.Add("Access-Control-Request-Method", "POST");
        });
        Assert.Equal((200, "GET,POST"), ((int)preflight.StatusCode, preflight.Headers.GetValues("Access-Control-Allow-Methods").Single()));

        await functions.Js.Call("lambda", "DeleteFunctionUrlConfig", new { FunctionName = "f" });
        Assert.Equal(HttpStatusCode.Forbidden, (await http.Get("")).StatusCode);
        Assert.Equal("The resource you requested does not exist.", (await functions.Js.Fails("lambda", "GetFunctionUrlConfig", new { FunctionName = "f" })).Text);
    }

    [Fact]
    public async Task A_URL_with_IAM_wants_a_signature_and_tells_who_signed()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Echo, await functions.Role("r"));
        var url = (string)(await functions.Js.Call("lambda", "CreateFunctionUrlConfig", new { FunctionName = "f", AuthType = "AWS_IAM" }))["FunctionUrl"]!;
        using var http = new Browser(functions.Server, url);
        Assert.Equal(HttpStatusCode.Forbidden, (await http.Get("")).StatusCode);
        // The function signs for itself: its role may, and another's may not.
        const string caller = """
            import os, urllib.request, boto3
            from botocore.auth import SigV4Auth
            from botocore.awsrequest import AWSRequest
            def lambda_handler(event, context):
                request = AWSRequest("GET", event["url"] + "x?a=b")
                SigV4Auth(boto3.Session().get_credentials(), "lambda", os.environ["AWS_REGION"]).add_auth(request)
                try:
                    import json
                    return json.load(urllib.request.urlopen(urllib.request.Request(request.url, headers=dict(request.headers))))["requestContext"]["authorizer"]["iam"]["userArn"]
                except urllib.error.HTTPError as e:
                    return e.code
            """;
        await functions.Python("may", caller, await functions.Role("may", "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"), f => f["Timeout"] = 60);
        await functions.Python("maynot", caller, await functions.Role("maynot", "lambda:InvokeFunctionUrl"), f => f["Timeout"] = 60);
        Assert.StartsWith($"\"arn:aws:sts::{TestFunctions.Account}:assumed-role/may/", (await functions.Invoke("may", $$"""{"url":"{{url}}"}""")).Payload);
        Assert.Equal("403", (await functions.Invoke("maynot", $$"""{"url":"{{url}}"}""")).Payload);
    }

    [Fact]
    public async Task A_streaming_function_is_read_while_it_writes()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Create("f", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.mjs", """
            export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
              if (event.plain) { stream.write("one"); await new Promise((r) => setTimeout(r, 50)); stream.write("two"); stream.end(); return; }
              if (event.broken) { stream.write("half"); await new Promise((r) => setTimeout(r, 50)); throw new TypeError("no"); }
              stream = awslambda.HttpResponseStream.from(stream, { statusCode: 202, headers: { "content-type": "text/event-stream", "x-own": "1" } });
              stream.write("data: 1\n\n");
              await new Promise((r) => setTimeout(r, 300));
              stream.write("data: 2\n\n");
              stream.end();
            });
            """)), await functions.Role("r"));
        async Task<JsonArray> Stream(string payload)
            => (await functions.Js.Call("lambda", "InvokeWithResponseStream", new { FunctionName = "f", Payload = AwsJs.Bytes(Encoding.UTF8.GetBytes(payload)), LogType = "Tail" }))["EventStream"]!.AsArray();
        static string Text(JsonNode? chunk) => Encoding.UTF8.GetString(Convert.FromBase64String((string)chunk!["PayloadChunk"]!["Payload"]!["$bytes"]!));
        var events = await Stream("""{"plain":true}""");
        Assert.Equal("onetwo", string.Concat(events.SkipLast(1).Select(Text)));
        Assert.Null(events[^1]!["InvokeComplete"]!["ErrorCode"]);
        Assert.Contains("START RequestId", Encoding.UTF8.GetString(Convert.FromBase64String((string)events[^1]!["InvokeComplete"]!["LogResult"]!)), StringComparison.Ordinal);
        var broken = await Stream("""{"broken":true}""");
        Assert.Equal("half", Text(broken[0]));
        Assert.Equal("Unhandled", (string)broken[^1]!["InvokeComplete"]!["ErrorCode"]!);
        Assert.Equal("TypeError", (string)JsonNode.Parse((string)broken[^1]!["InvokeComplete"]!["ErrorDetails"]!)!["errorType"]!);

        var url = (string)(await functions.Js.Call("lambda", "CreateFunctionUrlConfig", new { FunctionName = "f", AuthType = "NONE", InvokeMode = "RESPONSE_STREAM" }))["FunctionUrl"]!;
        await functions.Js.Call("lambda", "AddPermission", new { FunctionName = "f", StatementId = "url", Action = "lambda:InvokeFunctionUrl", Principal = "*", FunctionUrlAuthType = "NONE" });
        await functions.Js.Call("lambda", "AddPermission", new { FunctionName = "f", StatementId = "invoke", Action = "lambda:InvokeFunction", Principal = "*", InvokedViaFunctionUrl = true });
        using var http = new Browser(functions.Server, url);
        var answer = await http.Get("", read: HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((202, "text/event-stream", "1"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.ToString(), answer.Headers.GetValues("x-own").Single()));
        Assert.Equal("data: 1\n\ndata: 2\n\n", await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Speaks to the local twin of a URL as a browser does, without asking DNS.</summary>
    private sealed class Browser(GalleyServer server, string url) : IDisposable
    {
        private readonly HttpClient _http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectCallback = async (context, cancel) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, server.Port, cancel);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        });

        public Task<HttpResponseMessage> Get(string path, Action<HttpRequestMessage>? change = null, HttpCompletionOption read = HttpCompletionOption.ResponseContentRead) => Send(HttpMethod.Get, path, change, read);

        public async Task<HttpResponseMessage> Send(HttpMethod method, string path, Action<HttpRequestMessage>? change = null, HttpCompletionOption read = HttpCompletionOption.ResponseContentRead)
        {
            using var request = new HttpRequestMessage(method, server.ToLocal(url) + path);
            change?.Invoke(request);
            return await _http.SendAsync(request, read);
        }

        public void Dispose() => _http.Dispose();
    }
}
