using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Galley.Tests.Server;

namespace Galley.Tests.ApiGateway;

/// <summary>Routes with AWS_IAM: signed for execute-api, judged by IAM.</summary>
public class IamAuthorizerTests
{
    private const string Echo = "def lambda_handler(event, context): return event";

    private static async Task<HttpApiFixture> Start()
    {
        var fixture = await HttpApiFixture.Start();
        await fixture.FunctionRoute("ANY /pets/{id}", await fixture.Function("echo", Echo), authorization: new { AuthorizationType = "AWS_IAM" });
        return fixture;
    }

    private static async Task<(string Id, string Secret)> User(HttpApiFixture fixture, string name, string? policy)
    {
        await fixture.Aws.Call("iam", "CreateUser", new { UserName = name });
        if (policy is not null) await fixture.Aws.Call("iam", "PutUserPolicy", new { UserName = name, PolicyName = "p", PolicyDocument = policy });
        var key = (await fixture.Aws.Call("iam", "CreateAccessKey", new { UserName = name }))["AccessKey"]!;
        return ((string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);
    }

    [Fact]
    public async Task Only_a_signer_whom_IAM_allows_passes_and_the_function_sees_who_it_is()
    {
        await using var fixture = await Start();
        var (id, secret) = await User(fixture, "ann", $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:eu-west-2:123456789012:{{fixture.ApiId}}/$default/*/pets/*"},{"Effect":"Deny","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:*:*:*/*/DELETE/*"}]}""");
        using var ann = new SignedHttp(fixture.Server.Endpoint, "eu-west-2", id, secret);
        var path = $"/_galley/execute-api/{fixture.ApiId}/pets/1?a=1&b=%20";

        var (status, body) = await ann.Send("execute-api", HttpMethod.Post, path, "{}"u8.ToArray(), ("Content-Type", "application/json"));
        Assert.True(status == HttpStatusCode.OK, body);
        var iam = JsonNode.Parse(body)!["requestContext"]!["authorizer"]!["iam"]!;
        Assert.Equal(id, (string)iam["accessKey"]!);
        Assert.Equal("123456789012", (string)iam["accountId"]!);
        Assert.Equal("arn:aws:iam::123456789012:user/ann", (string)iam["userArn"]!);
        Assert.Matches("^AIDA[A-Z0-9]+$", (string)iam["userId"]!);
        Assert.Equal((string)iam["userId"]!, (string)iam["callerId"]!);
        Assert.True(iam.AsObject().ContainsKey("cognitoIdentity") && iam.AsObject().ContainsKey("principalOrgId"));

        async Task Refused(SignedHttp client, HttpMethod method, string target, string service = "execute-api")
        {
            var (code, text) = await client.Send(service, method, target, null);
            Assert.Equal((HttpStatusCode.Forbidden, "{\"message\":\"Forbidden\"}"), (code, text));
        }

        await Refused(ann, HttpMethod.Delete, path);
        await Refused(ann, HttpMethod.Get, path, "s3");
        var (strangerId, strangerSecret) = await User(fixture, "bob", null);
        using var bob = new SignedHttp(fixture.Server.Endpoint, "eu-west-2", strangerId, strangerSecret);
        await Refused(bob, HttpMethod.Get, path);
        using var forger = new SignedHttp(fixture.Server.Endpoint, "eu-west-2", id, "wrong" + secret);
        await Refused(forger, HttpMethod.Get, path);
        using var elsewhere = new SignedHttp(fixture.Server.Endpoint, "us-east-1", id, secret);
        await Refused(elsewhere, HttpMethod.Get, path);
        Assert.Equal("403 {\"message\":\"Forbidden\"}", await fixture.Says("/pets/1"));
        Assert.Equal("403 {\"message\":\"Forbidden\"}", await fixture.Says("/pets/1", ("Authorization", "Bearer null")));
        Assert.Equal("BadRequestException", (await fixture.Fails("CreateRoute", new { fixture.ApiId, RouteKey = "GET /y", AuthorizationType = "AWS_IAM", AuthorizationScopes = new[] { "a" } })).Code);
    }

    [Fact]
    public async Task What_botocore_signs_for_the_APIs_own_host_passes_and_a_changed_body_does_not()
    {
        Assert.SkipUnless(await HasBotocore(), "python3 has no botocore");
        await using var fixture = await Start();
        const string script = """
            import sys, http.client
            from botocore.auth import SigV4Auth
            from botocore.awsrequest import AWSRequest
            from botocore.credentials import Credentials
            port, host, key, secret, body, sent = sys.argv[1:]
            request = AWSRequest("PUT", f"https://{host}/pets/a%20b?x=1&x=0&y=", data=body.encode(), headers={"Host": host, "Content-Type": "text/plain"})
            SigV4Auth(Credentials(key, secret), "execute-api", "eu-west-2").add_auth(request)
            connection = http.client.HTTPConnection("127.0.0.1", int(port))
            connection.request("PUT", "/pets/a%20b?x=1&x=0&y=", body=sent.encode(), headers=dict(request.headers))
            answer = connection.getresponse()
            print(answer.status, answer.read().decode())
            """;
        Assert.StartsWith("200 ", await Python(script, $"{fixture.Server.Port}", fixture.Host, fixture.Server.AccessKeyId, fixture.Server.SecretAccessKey, "hello", "hello"), StringComparison.Ordinal);
        Assert.StartsWith("403 ", await Python(script, $"{fixture.Server.Port}", fixture.Host, fixture.Server.AccessKeyId, fixture.Server.SecretAccessKey, "hello", "hellO"), StringComparison.Ordinal);
    }

    private static async Task<bool> HasBotocore()
    {
        try
        {
            return (await Python("import botocore; print('yes')")).StartsWith("yes", StringComparison.Ordinal);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<string> Python(string script, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("python3", ["-c", script, .. arguments]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }
}
