using System.Text.Json.Nodes;

namespace Galley.Tests.ApiGateway;

/// <summary>The `AWS::ApiGatewayV2::…` types in one stack: made, changed and taken away.</summary>
public class TemplateTests
{
    private static string Template(string backend, string status, string key) => $$"""
        Resources:
          Api:
            Type: AWS::ApiGatewayV2::Api
            Properties: {Name: stack-api, ProtocolType: HTTP, CorsConfiguration: {AllowOrigins: ['https://app.test'], MaxAge: 5}, Tags: {a: b} }
          Guard:
            Type: AWS::ApiGatewayV2::Authorizer
            Properties:
              ApiId: !Ref Api
              Name: guard
              AuthorizerType: REQUEST
              AuthorizerUri: arn:aws:apigateway:eu-west-2:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-2:123456789012:function:guard/invocations
              AuthorizerPayloadFormatVersion: '2.0'
              EnableSimpleResponses: true
              AuthorizerResultTtlInSeconds: 60
              IdentitySource: [$request.header.X-Key]
          Integration:
            Type: AWS::ApiGatewayV2::Integration
            Properties:
              ApiId: !Ref Api
              IntegrationType: HTTP_PROXY
              IntegrationMethod: ANY
              IntegrationUri: {{backend}}
              PayloadFormatVersion: '1.0'
              RequestParameters: {'append:header.X-Mapped': $context.stage}
              ResponseParameters: {'200': {ResponseParameters: [{Source: '{{status}}', Destination: 'overwrite:statuscode'}]} }
          Open:
            Type: AWS::ApiGatewayV2::Route
            Properties: {ApiId: !Ref Api, RouteKey: GET /open, Target: !Sub 'integrations/${Integration}'}
          Guarded:
            Type: AWS::ApiGatewayV2::Route
            Properties: {ApiId: !Ref Api, RouteKey: GET /guarded, Target: !Sub 'integrations/${Integration}', AuthorizationType: CUSTOM, AuthorizerId: !Ref Guard}
          Signed:
            Type: AWS::ApiGatewayV2::Route
            Properties: {ApiId: !Ref Api, RouteKey: GET /signed, Target: !Sub 'integrations/${Integration}', AuthorizationType: AWS_IAM}
          Deployment:
            Type: AWS::ApiGatewayV2::Deployment
            DependsOn: [Open, Guarded, Signed]
            Properties: {ApiId: !Ref Api, Description: first}
          Stage:
            Type: AWS::ApiGatewayV2::Stage
            DependsOn: [Open]
            Properties:
              ApiId: !Ref Api
              StageName: $default
              AutoDeploy: true
              StageVariables: {UpperCase: v}
              DefaultRouteSettings: {ThrottlingBurstLimit: 100, ThrottlingRateLimit: 100}
              RouteSettings: {'GET /open': {ThrottlingBurstLimit: 50, ThrottlingRateLimit: 50} }
          Frozen:
            Type: AWS::ApiGatewayV2::Stage
            Properties: {ApiId: !Ref Api, StageName: frozen, DeploymentId: !Ref Deployment}
          Domain:
            Type: AWS::ApiGatewayV2::DomainName
            Properties: {DomainName: api.stack.test, DomainNameConfigurations: [{CertificateArn: 'arn:aws:acm:eu-west-2:123456789012:certificate/1b1b1b1b-1111-2222-3333-444455556666', EndpointType: REGIONAL}], Tags: {Team: x} }
          Mapping:
            Type: AWS::ApiGatewayV2::ApiMapping
            Properties: {DomainName: !Ref Domain, ApiId: !Ref Api, Stage: !Ref Stage, ApiMappingKey: {{key}} }
        Outputs:
          Api: {Value: !Ref Api}
          Regional: {Value: !GetAtt Domain.RegionalDomainName}
        """;

    [Fact]
    public async Task A_stack_makes_changes_and_deletes_a_whole_API()
    {
        await using var fixture = await HttpApiFixture.Start(stage: false);
        await fixture.Aws.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Template(fixture.Backend.Address, "202", "v1") });
        var stack = await Settled(fixture, "CREATE_COMPLETE");
        var outputs = stack["Outputs"]!.AsArray().ToDictionary(output => (string)output!["OutputKey"]!, output => (string)output!["OutputValue"]!);
        Assert.Matches("^d-[a-z0-9]{10}\\.execute-api", outputs["Regional"]);
        var api = fixture.Beside(outputs["Api"]);
        Assert.StartsWith("202", await api.Says("/open"), StringComparison.Ordinal);
        Assert.StartsWith("202", await api.Says("/frozen/open"), StringComparison.Ordinal);
        Assert.Equal("401 {\"message\":\"Unauthorized\"}", await api.Says("/guarded"));
        Assert.Equal("403 {\"message\":\"Forbidden\"}", await api.Says("/signed"));
        var made = await api.Call("GetStage", new { api.ApiId, StageName = "$default" });
        Assert.Equal(("v", 50), ((string)made["StageVariables"]!["UpperCase"]!, (int)made["RouteSettings"]!["GET /open"]!["ThrottlingBurstLimit"]!));
        Assert.Equal("v1", (string)(await api.Call("GetApiMappings", new { DomainName = "api.stack.test" }))["Items"]![0]!["ApiMappingKey"]!);

        await fixture.Aws.Call("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = Template(fixture.Backend.Address, "203", "v2") });
        await Settled(fixture, "UPDATE_COMPLETE");
        Assert.StartsWith("203", await api.Says("/open"), StringComparison.Ordinal);
        Assert.StartsWith("202", await api.Says("/frozen/open"), StringComparison.Ordinal); // what was deployed stays
        Assert.Equal("v2", (string)(await api.Call("GetApiMappings", new { DomainName = "api.stack.test" }))["Items"]![0]!["ApiMappingKey"]!);

        await fixture.Aws.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        for (var i = 0; i < 3000 && (await fixture.Call("GetDomainNames", new { }))["Items"]!.AsArray().Count + (await fixture.Call("GetApis", new { }))["Items"]!.AsArray().Count > 1; i++) await Task.Yield();
        Assert.Empty((await fixture.Call("GetDomainNames", new { }))["Items"]!.AsArray());
        Assert.Single((await fixture.Call("GetApis", new { }))["Items"]!.AsArray());
    }

    private static async Task<JsonNode> Settled(HttpApiFixture fixture, string wanted)
    {
        for (var attempt = 0; ; attempt++)
        {
            var stack = (await fixture.Aws.Call("cloudformation", "DescribeStacks", new { StackName = "s" }))["Stacks"]![0]!;
            var status = (string)stack["StackStatus"]!;
            if (status == wanted) return stack;
            if (attempt < 3000 && status.EndsWith("IN_PROGRESS", StringComparison.Ordinal) && !status.Contains("ROLLBACK", StringComparison.Ordinal)) continue;
            var events = (await fixture.Aws.Call("cloudformation", "DescribeStackEvents", new { StackName = "s" }))["StackEvents"]!;
            Assert.Fail($"{status}: {string.Join('\n', events.AsArray().Select(one => $"{one!["LogicalResourceId"]} {one["ResourceStatus"]} {one["ResourceStatusReason"]}"))}");
        }
    }
}
