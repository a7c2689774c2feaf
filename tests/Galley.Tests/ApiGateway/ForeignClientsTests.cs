using System.Text;
using System.Text.Json.Nodes;
using Galley.Tests.Lambda;
using Galley.Tests.S3;

namespace Galley.Tests.ApiGateway;

/// <summary>The aws CLI and boto3 on the control plane, a C# class library behind a route: all unchanged. Terraform: TerraformTests; the JS SDK: everywhere here.</summary>
public class ForeignClientsTests
{
    [Fact]
    public async Task The_aws_CLI_makes_exports_imports_and_maps_an_API()
    {
        await using var fixture = await HttpApiFixture.Start();
        var folder = Directory.CreateTempSubdirectory("galley-apis-");
        try
        {
            var backend = fixture.Backend.Address;
            var api = await Text("create-api", "--name", "quick", "--protocol-type", "HTTP", "--target", backend, "--query", "ApiId");
            Assert.Equal("$default\tTrue", await Text("get-routes", "--api-id", api, "--query", "Items[].[RouteKey,ApiGatewayManaged]"));
            var integration = await Text("create-integration", "--api-id", api, "--integration-type", "HTTP_PROXY", "--integration-method", "ANY", "--integration-uri", backend, "--payload-format-version", "1.0", "--request-parameters", """{"append:header.header1":"$context.requestId"}""", "--query", "IntegrationId");
            Assert.Equal("GET /pets/{id}", await Text("create-route", "--api-id", api, "--route-key", "GET /pets/{id}", "--target", "integrations/" + integration, "--query", "RouteKey"));
            Assert.Equal(["$default", "GET /pets/{id}"], JsonNode.Parse(await Cli("get-routes", "--api-id", api, "--page-size", "1"))!["Items"]!.AsArray().Select(route => (string)route!["RouteKey"]!).Order(StringComparer.Ordinal));
            Assert.Equal("https://a.test", await Text("update-api", "--api-id", api, "--cors-configuration", "AllowOrigins=https://a.test,AllowMethods=GET,MaxAge=5", "--query", "CorsConfiguration.AllowOrigins[0]"));
            Assert.Equal("dev\tFalse", await Text("create-stage", "--api-id", api, "--stage-name", "dev", "--stage-variables", "a=b", "--query", "[StageName,AutoDeploy]"));
            Assert.Equal("DEPLOYED", await Text("create-deployment", "--api-id", api, "--stage-name", "dev", "--query", "DeploymentStatus"));
            await Cli("export-api", "--api-id", api, "--specification", "OAS30", "--output-type", "YAML", "api.yaml");
            Assert.Contains("/pets/{id}", await File.ReadAllTextAsync(Path.Combine(folder.FullName, "api.yaml")), StringComparison.Ordinal);
            var copy = await Text("import-api", "--body", "file://api.yaml", "--query", "ApiId");
            Assert.Equal("quick", await Text("reimport-api", "--api-id", copy, "--body", "file://api.yaml", "--query", "Name"));
            await Cli("create-domain-name", "--domain-name", "api.cli.test", "--domain-name-configurations", "CertificateArn=arn:aws:acm:eu-west-2:123456789012:certificate/c", "--tags", "a=b");
            Assert.Equal("v1", await Text("create-api-mapping", "--domain-name", "api.cli.test", "--api-id", api, "--stage", "dev", "--api-mapping-key", "v1", "--query", "ApiMappingKey"));
            Assert.Equal("b", await Text("get-tags", "--resource-arn", "arn:aws:apigateway:eu-west-2::/domainnames/api.cli.test", "--query", "Tags.a"));
            await Cli("delete-api", "--api-id", copy);
            Assert.Equal("quick\trecipes", await Text("get-apis", "--query", "sort(Items[].Name)"));

            Task<string> Cli(params string[] arguments) => Clients.Cli(fixture.Server, folder.FullName, false, ["apigatewayv2", .. arguments]);
            Task<string> Text(params string[] arguments) => Cli([.. arguments, "--output", "text"]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Boto3_pages_guards_and_meets_errors_as_their_classes()
    {
        await using var fixture = await HttpApiFixture.Start();
        var told = await Clients.Python(fixture.Server, $$"""
            import boto3
            v2, rest = boto3.client("apigatewayv2"), boto3.client("apigateway")
            api = "{{fixture.ApiId}}"
            made = v2.create_authorizer(ApiId=api, Name="jwt", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"], JwtConfiguration={"Issuer": "{{fixture.Backend.Address}}/issuer", "Audience": ["me"]})
            target = v2.create_integration(ApiId=api, IntegrationType="HTTP_PROXY", IntegrationMethod="ANY", IntegrationUri="{{fixture.Backend.Address}}", PayloadFormatVersion="1.0")["IntegrationId"]
            for i in range(5):
                v2.create_route(ApiId=api, RouteKey=f"GET /{i}", Target="integrations/" + target, AuthorizationType="JWT", AuthorizerId=made["AuthorizerId"], AuthorizationScopes=["a/b"])
            print(sum(len(page["Items"]) for page in v2.get_paginator("get_routes").paginate(ApiId=api, PaginationConfig={"PageSize": 2})))
            print(v2.get_stage(ApiId=api, StageName="$default")["CreatedDate"].tzinfo is not None, v2.get_deployments(ApiId=api)["Items"][0]["DeploymentStatus"])
            for call, error in (
                    (lambda: v2.get_api(ApiId="nosuch"), v2.exceptions.NotFoundException), (lambda: v2.create_route(ApiId=api, RouteKey="GET /0"), v2.exceptions.ConflictException),
                    (lambda: v2.create_route(ApiId=api, RouteKey="x"), v2.exceptions.BadRequestException), (lambda: v2.create_vpc_link(Name="v", SubnetIds=["s"]), v2.exceptions.BadRequestException),
                    (lambda: rest.get_rest_apis(), rest.exceptions.BadRequestException)):
                try:
                    call()
                    print("no error")
                except error as e:
                    print(e.response["ResponseMetadata"]["HTTPStatusCode"], e.response["Error"]["Code"], e.response["Error"]["Message"].split(":")[0])
            body = v2.export_api(ApiId=api, Specification="OAS30", OutputType="JSON", StageName="$default")["body"].read()
            print(v2.reimport_api(ApiId=api, Body=body.decode())["Name"], len(v2.get_routes(ApiId=api)["Items"]))
            v2.delete_api(ApiId=api)
            """);
        Assert.Equal("""
            5
            True DEPLOYED
            404 NotFoundException Invalid API identifier specified 123456789012
            409 ConflictException Route with key GET /0 already exists for this API
            400 BadRequestException The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"
            400 BadRequestException Galley does not support VPC links.
            400 BadRequestException Galley does not support REST APIs (API Gateway v1).
            recipes 5
            """, told);
    }

    [Theory]
    [InlineData("2.0", "rawPath")]
    [InlineData("1.0", "path")]
    public async Task A_class_library_in_CSharp_gets_the_event_and_answers(string format, string path)
    {
        await using var fixture = await HttpApiFixture.Start();
        var functions = new TestFunctions(fixture.Server);
        var library = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Galley.Tests.Handlers.dll"));
        await functions.Create("f", "dotnet8", "Galley.Tests.Handlers::ClassLibrary.Greeter::Answer", TestFunctions.Zip(archive => TestFunctions.Add(archive, "Galley.Tests.Handlers.dll", library)), await functions.Role("r"), f => f["Timeout"] = 60);
        await fixture.Permit("f", "*");
        await fixture.FunctionRoute("POST /x/{id}", "arn:aws:lambda:eu-west-2:123456789012:function:f", format);
        using var answer = await fixture.Send(HttpMethod.Post, "/x/1", new StringContent("h\u00e9llo", Encoding.UTF8, "text/plain"));
        Assert.Equal(203, (int)answer.StatusCode);
        var seen = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal((format, "/x/1", "1", "h\u00e9llo"), ((string)seen["version"]!, (string)seen[path]!, (string)seen["pathParameters"]!["id"]!, (string)seen["body"]!));
    }
}
