using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Galley.Bench;

/// <summary>The sample, deployed into the Galley under measurement, with a signed-in user; and the requests that the load repeats.</summary>
internal sealed class App(Aws aws, int port)
{
    private const string Password = "Passw0rd!";
    private readonly Dictionary<string, string> _outputs = [];

    /// <param name="backend">Port of the floor, for a route that leads there.</param>
    public async Task<List<Shot>> Prepare(int backend)
    {
        var stacks = await aws.Form("cloudformation", "Action=DescribeStacks&Version=2010-05-15&StackName=cook-recipes");
        foreach (Match output in Regex.Matches(stacks, "<OutputKey>(.*?)</OutputKey><OutputValue>(.*?)</OutputValue>")) _outputs[output.Groups[1].Value] = output.Groups[2].Value;
        var token = await SignIn();
        var api = new Uri(_outputs["ApiUrl"]).Host;
        var site = new Uri(_outputs["SiteUrl"]).Host;
        var edge = await ApiBehindCloudFront(api);
        var item = new JsonObject { ["name"] = S("bench"), ["category"] = S("bench"), ["text"] = S(new string('x', 120)) };
        await aws.Json("dynamodb", "DynamoDB_20120810.PutItem", "1.0", new() { ["TableName"] = _outputs["TableName"], ["Item"] = item });
        return
        [
            new("GetItem", port, aws.Bytes("dynamodb", "DynamoDB_20120810.GetItem", "1.0", new() { ["TableName"] = _outputs["TableName"], ["Key"] = new JsonObject { ["name"] = S("bench"), ["category"] = S("bench") } })),
            new("PutItem", port, aws.Bytes("dynamodb", "DynamoDB_20120810.PutItem", "1.0", new() { ["TableName"] = _outputs["TableName"], ["Item"] = item.DeepClone() })),
            new("GET /recipes, API host", port, Get(api, "/recipes", $"Authorization: Bearer {token}\r\n")),
            new("GET /recipes, CloudFront host", port, Get(edge, "/recipes", $"Authorization: Bearer {token}\r\n")),
            new("authorised Node function, API host", port, Get(api, await Function(api, "node", "nodejs20.x", "f.mjs", NodeCode), $"Authorization: Bearer {token}\r\n")) { Floor = "node" },
            new("authorised Python function, API host", port, Get(api, await Function(api, "python", "python3.12", "f.py", PythonCode), $"Authorization: Bearer {token}\r\n")) { Floor = "python" },
            new("HTTP_PROXY to the floor, API host", port, Get(await ApiBefore(backend), "/x", "")) { Floor = "proxy" },
            new("static file, CloudFront hit", port, Get(site, "/index.html", "")) { Floor = "static" },
            new("sign-in", port, aws.Bytes("cognito-idp", "AWSCognitoIdentityProviderService.AdminInitiateAuth", "1.1", Auth())),
        ];
    }

    private static JsonObject S(string text) => new() { ["S"] = text };

    private static byte[] Get(string host, string path, string headers) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");

    private JsonObject Auth() => new()
    {
        ["UserPoolId"] = _outputs["UserPoolId"],
        ["ClientId"] = _outputs["ClientId"],
        ["AuthFlow"] = "ADMIN_USER_PASSWORD_AUTH",
        ["AuthParameters"] = new JsonObject { ["USERNAME"] = "bench@example.com", ["PASSWORD"] = Password, ["SECRET_HASH"] = _outputs["SecretHash"] },
    };

    private Task<JsonNode> Cognito(string operation, JsonObject input) => aws.Json("cognito-idp", "AWSCognitoIdentityProviderService." + operation, "1.1", input);

    private async Task<string> SignIn()
    {
        string pool = _outputs["UserPoolId"], client = _outputs["ClientId"];
        var described = (await Cognito("DescribeUserPoolClient", new() { ["UserPoolId"] = pool, ["ClientId"] = client }))["UserPoolClient"]!.AsObject();
        var update = new JsonObject { ["UserPoolId"] = pool, ["ClientId"] = client, ["ExplicitAuthFlows"] = new JsonArray("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH") };
        foreach (var kept in (string[])["ClientName", "CallbackURLs", "LogoutURLs", "AllowedOAuthFlows", "AllowedOAuthScopes", "AllowedOAuthFlowsUserPoolClient", "SupportedIdentityProviders"])
            if (described[kept] is { } value) update[kept] = value.DeepClone();
        await Cognito("UpdateUserPoolClient", update);
        var created = await Cognito("AdminCreateUser", new()
        {
            ["UserPoolId"] = pool,
            ["Username"] = "bench@example.com",
            ["MessageAction"] = "SUPPRESS",
            ["UserAttributes"] = new JsonArray(new JsonObject { ["Name"] = "email", ["Value"] = "bench@example.com" }, new JsonObject { ["Name"] = "email_verified", ["Value"] = "true" }),
        });
        await Cognito("AdminSetUserPassword", new() { ["UserPoolId"] = pool, ["Username"] = "bench@example.com", ["Password"] = Password, ["Permanent"] = true });
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes((string)described["ClientSecret"]!), Encoding.UTF8.GetBytes("bench@example.com" + client));
        _outputs["SecretHash"] = Convert.ToBase64String(hash);
        return (string)(await Cognito("AdminInitiateAuth", Auth()))["AuthenticationResult"]!["AccessToken"]!;
    }

    public const string NodeCode = "const answer = { text: 'x'.repeat(180) };\nexport const handler = async () => answer;\n", PythonCode = "answer = {'text': 'x' * 180}\ndef handler(event, context):\n    return answer\n";

    /// <summary>A function that answers 200 bytes, behind the sample's authorizer; its path.</summary>
    private async Task<string> Function(string host, string name, string runtime, string file, string code)
    {
        var api = host.Split('.')[0];
        if (name == "node") await aws.Form("iam", "Action=CreateRole&Version=2010-05-08&RoleName=bench&AssumeRolePolicyDocument=" + Uri.EscapeDataString("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"""));
        using var zip = new MemoryStream();
        using (var archive = new System.IO.Compression.ZipArchive(zip, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            await using var content = await archive.CreateEntry(file).OpenAsync();
            await content.WriteAsync(Encoding.UTF8.GetBytes(code));
        }

        var made = JsonNode.Parse(await aws.Xml(HttpMethod.Post, "/2015-03-31/functions", "lambda", $$"""{"FunctionName":"{{name}}","Runtime":"{{runtime}}","Handler":"f.handler","Role":"arn:aws:iam::000000000000:role/bench","Code":{"ZipFile":"{{Convert.ToBase64String(zip.ToArray())}}"} }"""))!;
        await aws.Xml(HttpMethod.Post, $"/2015-03-31/functions/{name}/policy", "lambda", """{"StatementId":"api","Action":"lambda:InvokeFunction","Principal":"apigateway.amazonaws.com"}""");
        var integration = JsonNode.Parse(await aws.Xml(HttpMethod.Post, $"/v2/apis/{api}/integrations", "apigateway", $$"""{"integrationType":"AWS_PROXY","integrationUri":"{{made["FunctionArn"]}}","payloadFormatVersion":"2.0"}"""))!;
        var authorizer = JsonNode.Parse(await aws.Xml(HttpMethod.Get, $"/v2/apis/{api}/authorizers", "apigateway", ""))!["items"]![0]!;
        await aws.Xml(HttpMethod.Post, $"/v2/apis/{api}/routes", "apigateway", $$"""{"routeKey":"GET /{{name}}","target":"integrations/{{integration["integrationId"]}}","authorizationType":"JWT","authorizerId":"{{authorizer["authorizerId"]}}"}""");
        return "/" + name;
    }

    /// <summary>An API whose every request goes on to a back end.</summary>
    private async Task<string> ApiBefore(int backend)
    {
        var made = JsonNode.Parse(await aws.Xml(HttpMethod.Post, "/v2/apis", "apigateway", $$"""{"name":"bench","protocolType":"HTTP","target":"http://127.0.0.1:{{backend}}/"}"""))!;
        return new Uri((string)made["apiEndpoint"]!).Host;
    }

    /// <summary>A distribution whose only origin is the API, nothing cached, Authorization passed on.</summary>
    private async Task<string> ApiBehindCloudFront(string api)
    {
        const string cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", allViewerExceptHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac";
        var answer = await aws.Xml(HttpMethod.Post, "/2020-05-31/distribution", "cloudfront", $"""
            <DistributionConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>bench</CallerReference><Comment>bench</Comment><Enabled>true</Enabled>
            <Origins><Quantity>1</Quantity><Items><Origin><Id>api</Id><DomainName>{api}</DomainName><CustomOriginConfig><HTTPPort>80</HTTPPort><HTTPSPort>443</HTTPSPort><OriginProtocolPolicy>https-only</OriginProtocolPolicy></CustomOriginConfig></Origin></Items></Origins>
            <DefaultCacheBehavior><TargetOriginId>api</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy><CachePolicyId>{cachingDisabled}</CachePolicyId><OriginRequestPolicyId>{allViewerExceptHost}</OriginRequestPolicyId></DefaultCacheBehavior></DistributionConfig>
            """);
        return Regex.Match(answer, "<DomainName>([a-z0-9]+\\.cloudfront\\.net)</DomainName>").Groups[1].Value;
    }
}

/// <summary>A command that must end well.</summary>
internal static class Shell
{
    public static async Task<string> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? text : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
