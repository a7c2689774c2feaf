using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Galley.Wire;

namespace Galley.Tests.Iam;

/// <summary>Walks every operation of every service over HTTP: none is reached without a right signature, except those listed here.</summary>
public partial class EveryOperationTests
{
    /// <summary>Those that AWS takes unsigned; each checks a token, a code or a password instead.</summary>
    private static readonly string[] Unsigned =
    [
        "cognito-identity:GetId", "cognito-identity:GetCredentialsForIdentity", "cognito-identity:GetOpenIdToken", "cognito-identity:UnlinkIdentity", "sts:AssumeRoleWithWebIdentity",
        "cognito-idp:ChangePassword", "cognito-idp:ConfirmForgotPassword", "cognito-idp:ConfirmSignUp", "cognito-idp:DeleteUser", "cognito-idp:DeleteUserAttributes",
        "cognito-idp:ForgotPassword", "cognito-idp:GetUser", "cognito-idp:GetUserAttributeVerificationCode", "cognito-idp:GlobalSignOut", "cognito-idp:InitiateAuth",
        "cognito-idp:ResendConfirmationCode", "cognito-idp:RespondToAuthChallenge", "cognito-idp:RevokeToken", "cognito-idp:SignUp", "cognito-idp:UpdateUserAttributes",
        "cognito-idp:VerifyUserAttribute", "cognito-idp:SetUserMFAPreference", "cognito-idp:GetUserAuthFactors", "cognito-idp:AssociateSoftwareToken",
        "cognito-idp:VerifySoftwareToken", "cognito-idp:GetTokensFromRefreshToken", "cognito-idp:ConfirmDevice", "cognito-idp:ListDevices", "cognito-idp:GetDevice",
        "cognito-idp:ForgetDevice", "cognito-idp:UpdateDeviceStatus",
    ];

    /// <summary>Unsigned requests go on as nobody, whom only a bucket policy lets in.</summary>
    private static readonly string[] Anonymous = ["s3"];

    [Fact]
    public async Task Only_the_operations_of_this_list_take_unsigned_calls()
    {
        await using var server = await Start.Server();
        var operations = server.Apis.SelectMany(api => api.Operations.Select(operation => (Api: api, Operation: operation))).ToList();
        Assert.Equal(Unsigned.Order(), operations.Where(each => each.Operation.Unsigned).Select(each => $"{each.Api.SigningName}:{each.Operation.Name}").Order());
        Assert.Equal(Anonymous, operations.Where(each => each.Operation.Anonymous).Select(each => each.Api.SigningName).Distinct());
    }

    [Fact]
    public async Task Every_operation_refuses_an_unsigned_and_a_wrongly_signed_call_and_a_caller_without_a_policy()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        await root.Call("s3", "CreateBucket", new { Bucket = "private-bucket", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await root.Call("iam", "CreateUser", new { UserName = "nobody" });
        var key = (await root.Call("iam", "CreateAccessKey", new { UserName = "nobody" }))["AccessKey"]!;
        using var http = new HttpClient();
        var (open, walked) = (new List<string>(), 0);
        foreach (var api in server.Apis)
            // a POST form carries its signature inside, over its policy: see S3's FormsTests
            foreach (var operation in api.Operations.Where(operation => !operation.Unsigned && operation.Name != "PostObject"))
            {
                walked++;
                if (await Answer(http, server, api, operation, null) is var unsigned && !Refused(unsigned, "MissingAuthenticationToken", "AccessDenied")) open.Add($"{api.SigningName}:{operation.Name} unsigned: {unsigned}");
                var wrong = await Answer(http, server, api, operation, (server.AccessKeyId, "wrong"));
                if (!Refused(wrong, "InvalidSignatureException", "SignatureDoesNotMatch")) open.Add($"{api.SigningName}:{operation.Name} wrongly signed: {wrong}");
            }

        // The key is good, but nothing allows its owner anything.
        foreach (var operation in server.Apis.First(api => api.SigningName == "iam").Operations.Where(operation => operation.Name.StartsWith("List", StringComparison.Ordinal)))
            if (await Answer(http, server, server.Apis.First(api => api.SigningName == "iam"), operation, ((string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!)) is var answer
                && !Refused(answer, "AccessDenied", "ValidationError"))
                open.Add($"iam:{operation.Name} without a policy: {answer}");
        Assert.True(open.Count == 0, string.Join('\n', open));
        Assert.True(walked > 150, $"only {walked} operations");
    }

    private static bool Refused((int Status, string Text) answer, params string[] codes)
        => answer.Status is 400 or 403 && (answer.Text.Length == 0 || codes.Any(code => answer.Text.Contains(code, StringComparison.Ordinal)));

    private static async Task<(int Status, string Text)> Answer(HttpClient http, GalleyServer server, AwsService api, Operation operation, (string Id, string Secret)? key)
    {
        var (method, target, body, headers) = RequestFor(api, operation);
        var host = api.SigningName switch { "s3" => $"127.0.0.1:{server.Port}", "iam" or "sts" or "cloudfront" => $"{api.SigningName}.localhost:{server.Port}", var name => $"{name}.eu-west-2.localhost:{server.Port}" };
        if (key is { } signer)
            foreach (var (name, value) in SigV4.Sign(new(signer.Id, signer.Secret, "eu-west-2", api.SigningName), method, new Uri($"http://{host}{target}"), [.. headers], SigV4.HashPayload(body), DateTimeOffset.UtcNow))
                headers[name] = value;
        using var request = new HttpRequestMessage(new HttpMethod(method), server.Endpoint.ToString().TrimEnd('/') + target);
        request.Headers.Host = host;
        if (method is not ("GET" or "HEAD")) request.Content = new ByteArrayContent(body);
        foreach (var (name, value) in headers)
            if (name == "content-type" && request.Content is not null) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            else if (name != "content-type") request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync() + string.Join(' ', response.Headers.TryGetValues("x-amzn-ErrorType", out var types) ? types : []));
    }

    private static (string Method, string Target, byte[] Body, Dictionary<string, string> Headers) RequestFor(AwsService api, Operation operation)
    {
        switch (api.Protocol)
        {
            case Protocol.AwsJson10 or Protocol.AwsJson11:
                return ("POST", "/", "{}"u8.ToArray(), new() { ["content-type"] = api.Protocol == Protocol.AwsJson10 ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1", ["x-amz-target"] = Prefix(api) + operation.Name });
            case Protocol.Query:
                return ("POST", "/", Encoding.UTF8.GetBytes($"Action={operation.Name}"), new() { ["content-type"] = "application/x-www-form-urlencoded" });
        }

        var words = operation.Route.Split(' ');
        if (api.SigningName != "s3") return (words[0], Variable().Replace(words[1], "x"), [], []);
        if (words is [_, "account"]) return (words[0], "/v20180820/configuration/publicAccessBlock", [], new() { ["x-amz-account-id"] = "123456789012" });
        if (words is [_, "account?tags"]) return (words[0], "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Aprivate-bucket", [], new() { ["x-amz-account-id"] = "123456789012" });
        var copy = operation.Route.Contains("?copy", StringComparison.Ordinal);
        var target = words.Length == 1 ? "/" : words[1].Replace("?copy-part", "?uploadId=u&partNumber=1", StringComparison.Ordinal).Replace("?copy", "", StringComparison.Ordinal)
            .Replace("bucket", "/private-bucket", StringComparison.Ordinal).Replace("key", "/private-bucket/k", StringComparison.Ordinal);
        return (words[0], target, [], copy ? new() { ["x-amz-copy-source"] = "private-bucket/other" } : []);
    }

    private static string Prefix(AwsService api) => api.SigningName switch
    {
        "dynamodb" => api.Operations.Any(operation => operation.Name == "GetRecords") ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.",
        "cognito-idp" => "AWSCognitoIdentityProviderService.",
        "cognito-identity" => "AWSCognitoIdentityService.",
        "logs" => "Logs_20140328.",
        "ssm" => "AmazonSSM.",
        "kms" => "TrentService.",
        "sqs" => "AmazonSQS.",
        "ecr" => "AmazonEC2ContainerRegistry_V20150921.",
        var other => throw new NotSupportedException($"say the target prefix of {other}"),
    };

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Variable();
}
