using System.Net;
using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>What belongs to a function, made by one SAM template.</summary>
public class StackTests
{
    private const string Template = """
        AWSTemplateFormatVersion: '2010-09-09'
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Things:
            Type: AWS::DynamoDB::Table
            Properties:
              BillingMode: PAY_PER_REQUEST
              AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
              KeySchema: [{AttributeName: id, KeyType: HASH}]
              StreamSpecification: {StreamViewType: NEW_IMAGE}
          After:
            Type: AWS::Serverless::Function
            Properties: {Runtime: python3.12, Handler: index.handler, InlineCode: "def handler(e, c): return 1"}
          Main:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: python3.12
              Handler: index.handler
              InlineCode: "def handler(e, c): return 'hello'"
              FunctionUrlConfig: {AuthType: NONE, Cors: {AllowOrigins: ['*']}}
              EventInvokeConfig:
                MaximumRetryAttempts: 1
                DestinationConfig: {OnFailure: {Type: Lambda, Destination: !GetAtt After.Arn}}
              Events:
                Changes:
                  Type: DynamoDB
                  Properties: {Stream: !GetAtt Things.StreamArn, StartingPosition: TRIM_HORIZON, BatchSize: 5}
          One: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Main}}
          Live:
            Type: AWS::Lambda::Alias
            Properties: {FunctionName: !Ref Main, Name: live, FunctionVersion: !GetAtt One.Version}
        Outputs:
          Url: {Value: !GetAtt MainUrl.FunctionUrl}
          Mapping: {Value: !Ref MainChanges}
          Name: {Value: !Ref Main}
        """;

    [Fact]
    public async Task A_SAM_template_makes_url_mapping_event_config_version_and_alias()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Template, Capabilities = (string[])["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"] });
        JsonNode stack = new JsonObject();
        for (var i = 0; i < 600; i++)
        {
            stack = (await functions.Js.Call("cloudformation", "DescribeStacks", new { StackName = "s" }))["Stacks"]![0]!;
            if (!((string)stack["StackStatus"]!).EndsWith("IN_PROGRESS", StringComparison.Ordinal)) break;
            await Task.Delay(50);
        }

        Assert.True((string)stack["StackStatus"]! == "CREATE_COMPLETE", (await functions.Js.Call("cloudformation", "DescribeStackEvents", new { StackName = "s" })).ToJsonString());
        string Output(string name) => (string)stack["Outputs"]!.AsArray().Single(output => (string)output!["OutputKey"]! == name)!["OutputValue"]!;
        Assert.Matches("^https://[a-z0-9]{32}\\.lambda-url\\.eu-west-2\\.on\\.aws/$", Output("Url"));
        var name = Output("Name");
        var config = await functions.Js.Call("lambda", "GetFunctionEventInvokeConfig", new { FunctionName = name });
        Assert.Equal(1, (int)config["MaximumRetryAttempts"]!);
        Assert.Contains(":function:s-After-", (string)config["DestinationConfig"]!["OnFailure"]!["Destination"]!, StringComparison.Ordinal);
        Assert.Equal(5, (int)(await functions.Js.Call("lambda", "GetEventSourceMapping", new { UUID = Output("Mapping") }))["BatchSize"]!);
        Assert.Equal("\"hello\"", (await functions.Invoke(name + ":live")).Payload);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{functions.Server.Endpoint}_galley/lambda-url/{new Uri(Output("Url")).Host.Split('.')[0]}/");
        var answer = await http.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, "hello"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));

        await functions.Js.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        for (var i = 0; i < 600; i++)
        {
            var gone = await Record.ExceptionAsync(() => functions.Js.Call("cloudformation", "DescribeStacks", new { StackName = "s" }));
            if (gone is not null) break;
            await Task.Delay(50);
        }

        Assert.Empty((JsonArray)(await functions.Js.Call("lambda", "ListFunctions"))["Functions"]!);
        Assert.Empty((JsonArray)(await functions.Js.Call("lambda", "ListEventSourceMappings"))["EventSourceMappings"]!);
    }
}
