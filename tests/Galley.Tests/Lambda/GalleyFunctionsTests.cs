using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Galley.Tests.CloudFormation;

namespace Galley.Tests.Lambda;

/// <summary>Functions in C# by Galley.Functions (project Galley.Tests.Functions): the events of every service as types, streams, cancellation.</summary>
public class GalleyFunctionsTests
{
    private const string Template = """
        Transform: AWS::Serverless-2016-10-31
        Globals:
          Function: { Runtime: provided.al2023, CodeUri: s3://code/functions.zip, Timeout: 60, MemorySize: 512 }
        Resources:
          Upload:
            Type: AWS::Serverless::Function
            Properties:
              FunctionName: upload
              Handler: upload
              EventInvokeConfig: { DestinationConfig: { OnSuccess: { Type: Lambda, Destination: !GetAtt Told.Arn } } }
          Told: { Type: AWS::Serverless::Function, Properties: { FunctionName: told, Handler: told } }
          Things:
            Type: AWS::DynamoDB::Table
            Properties:
              TableName: things
              BillingMode: PAY_PER_REQUEST
              AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
              KeySchema: [{ AttributeName: id, KeyType: HASH }]
              StreamSpecification: { StreamViewType: NEW_AND_OLD_IMAGES }
          Change:
            Type: AWS::Serverless::Function
            Properties:
              FunctionName: change
              Handler: change
              Events:
                E: { Type: DynamoDB, Properties: { Stream: !GetAtt Things.StreamArn, StartingPosition: TRIM_HORIZON, MaximumRetryAttempts: 1, FunctionResponseTypes: [ReportBatchItemFailures] } }
          Person: { Type: AWS::Serverless::Function, Properties: { FunctionName: user, Handler: user } }
          PersonPermission: { Type: AWS::Lambda::Permission, Properties: { FunctionName: !Ref Person, Action: lambda:InvokeFunction, Principal: cognito-idp.amazonaws.com } }
          Pool: { Type: AWS::Cognito::UserPool, Properties: { LambdaConfig: { PreSignUp: !GetAtt Person.Arn, PreTokenGeneration: !GetAtt Person.Arn } } }
          Client: { Type: AWS::Cognito::UserPoolClient, Properties: { UserPoolId: !Ref Pool, ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH] } }
          Guard: { Type: AWS::Serverless::Function, Properties: { FunctionName: guard, Handler: guard } }
          Api:
            Type: AWS::Serverless::HttpApi
            Properties:
              Auth:
                DefaultAuthorizer: Guard
                Authorizers:
                  Guard: { FunctionArn: !GetAtt Guard.Arn, AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true, EnableFunctionDefaultPermissions: true, Identity: { Headers: [X-Key] } }
          Page:
            Type: AWS::Serverless::Function
            Properties:
              FunctionName: page
              Handler: page
              Events:
                E: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: '/page/{id}', Method: GET } }
          Maker: { Type: AWS::Serverless::Function, Properties: { FunctionName: maker, Handler: maker } }
          Thing: { Type: Custom::Thing, Properties: { ServiceToken: !GetAtt Maker.Arn, Word: WORD } }
        Outputs:
          Loud: { Value: !GetAtt Thing.Loud }
          Thing: { Value: !Ref Thing }
          Client: { Value: !Ref Client }
          Api: { Value: !Ref Api }
        """;

    [Fact]
    public async Task Every_services_events_come_as_types_and_answers_go_back_as_types()
    {
        await using var functions = await TestFunctions.Start();
        var js = functions.Js;
        foreach (var bucket in (string[])["code", "uploads"]) await js.Call("s3", "CreateBucket", new { Bucket = bucket });
        await js.Call("s3", "PutObject", new JsonObject { ["Bucket"] = "code", ["Key"] = "functions.zip", ["Body"] = AwsJs.Bytes(TestFunctions.Typed()) });

        // CloudFormation's custom resource.
        await js.Call("cloudformation", "CreateStack", new { StackName = "bad", TemplateBody = Template.Replace("Word: WORD", "Word: bad", StringComparison.Ordinal), Capabilities = new[] { "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND" } });
        Assert.Equal("ROLLBACK_COMPLETE", (string)(await StacksTests.Settled(js, "bad"))["StackStatus"]!);
        Assert.Contains((await js.Call("cloudformation", "DescribeStackEvents", new { StackName = "bad" }))["StackEvents"]!.AsArray(), one => ((string?)one!["ResourceStatusReason"])?.Contains("no such word", StringComparison.Ordinal) == true);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Template.Replace("Word: WORD", "Word: hello", StringComparison.Ordinal), Capabilities = new[] { "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND" } });
        var stack = await StacksTests.Settled(js, "s");
        Assert.True((string)stack["StackStatus"]! == "CREATE_COMPLETE", (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = "s" })).ToJsonString());
        var outputs = stack["Outputs"]!.AsArray().ToDictionary(one => (string)one!["OutputKey"]!, one => (string)one!["OutputValue"]!);
        Assert.Equal(("hello! Create Custom::Thing", "thing-hello"), (outputs["Loud"], outputs["Thing"]));

        // S3, and what a destination is told.
        await js.Call("lambda", "AddPermission", new { FunctionName = "upload", StatementId = "s3", Action = "lambda:InvokeFunction", Principal = "s3.amazonaws.com", SourceArn = "arn:aws:s3:::uploads" });
        await js.Call("s3", "PutBucketNotificationConfiguration", new { Bucket = "uploads", NotificationConfiguration = new { LambdaFunctionConfigurations = new[] { new { LambdaFunctionArn = $"arn:aws:lambda:eu-west-2:{TestFunctions.Account}:function:upload", Events = new[] { "s3:ObjectCreated:*" } } } } });
        await js.Call("s3", "PutObject", new { Bucket = "uploads", Key = "a b+c/ü.txt", Body = "12345" });
        await functions.Logged("upload", "ObjectCreated:Put uploads a b+c/ü.txt 5 00:00:00");
        await functions.Logged("told", "Success 1 200 ObjectCreated:Put uploads a b+c/ü.txt 5 00:00:00 1");

        // DynamoDB's stream; the bad record comes twice.
        foreach (var id in (string[])["one", "bad"])
            await js.Call("dynamodb", "PutItem", JsonNode.Parse($$"""{"TableName":"things","Item":{"id":{"S":"{{id}}"},"n":{"N":"0.10"},"list":{"L":[{"S":"x"},{"BOOL":true}]},"bytes":{"B":{"$bytes":"{{Convert.ToBase64String("raw"u8)}}"} } } }""")!);
        await functions.Logged("change", "INSERT one 0.1 x,True raw");
        await functions.Logged("change", "INSERT bad 0.1 x,True raw", times: 2);

        // Cognito's triggers.
        var client = outputs["Client"];
        await js.Call("cognito-identity-provider", "SignUp", new { ClientId = client, Username = "ann", Password = "Passw0rd!", ClientMetadata = new { invited = "yes" } });
        var tokens = await js.Call("cognito-identity-provider", "InitiateAuth", new { ClientId = client, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = "ann", PASSWORD = "Passw0rd!" } });
        var claims = JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(((string)tokens["AuthenticationResult"]!["IdToken"]!).Split('.')[1]))!;
        Assert.Equal("hello CONFIRMED", (string)claims["greeting"]!);

        // An HTTP API and its authorizer.
        using var http = new HttpClient();
        async Task<(int, string)> Get(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{functions.Server.Port}/page/7") { Headers = { Host = $"{outputs["Api"]}.execute-api.eu-west-2.amazonaws.com" } };
            request.Headers.Add("X-Key", key);
            using var answer = await http.SendAsync(request);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal((200, "\"7 ann GET\""), await Get("good"));
        Assert.Equal((403, "{\"message\":\"Forbidden\"}"), await Get("bad"));
    }

    /// <summary>A second is left; after nine tenths of it the handler is told.</summary>
    [Fact]
    public async Task A_handler_is_cancelled_before_its_deadline()
        => Assert.EndsWith("\"cancelled\"", await Answer("patient", "\"cancelled\""));

    [Fact]
    public async Task A_streaming_handler_sends_every_write_at_once()
    {
        var answer = await Answer("stream", "0\r\n\r\n");
        Assert.Contains("Lambda-Runtime-Function-Response-Mode: streaming\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n4\r\none \r\n7\r\n{\"a\":1}\r\n0\r\n\r\n", answer);
    }

    /// <summary>What the program sends for one event, over a Runtime API that ends nobody.</summary>
    private static async Task<string> Answer(string handler, string end)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, TestFunctions.TypedProgram + ".dll")]);
        (start.Environment["AWS_LAMBDA_RUNTIME_API"], start.Environment["_HANDLER"]) = (listener.LocalEndpoint.ToString(), handler);
        using var process = Process.Start(start)!;
        try
        {
            using var client = await listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            await Until("\r\n\r\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\nLambda-Runtime-Deadline-Ms: {DateTimeOffset.UtcNow.AddSeconds(1).ToUnixTimeMilliseconds()}\r\nContent-Length: 7\r\n\r\n{{\"a\":1}}")));
            return await Until(end);

            async Task<string> Until(string last)
            {
                var all = new StringBuilder();
                var part = new byte[4096];
                while (!all.ToString().EndsWith(last, StringComparison.Ordinal))
                {
                    var read = await stream.ReadAsync(part);
                    Assert.True(read > 0, all.ToString());
                    all.Append(Encoding.UTF8.GetString(part, 0, read));
                }

                return all.ToString();
            }
        }
        finally
        {
            process.Kill();
        }
    }
}
