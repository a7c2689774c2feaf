namespace Galley.Tests.CloudFront;

public class StackTests
{
    [Fact]
    public async Task A_stack_makes_changes_and_deletes_a_distribution_with_its_access_control()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        const string Template = """
            Resources:
              SiteAccess:
                Type: AWS::CloudFront::OriginAccessControl
                Properties:
                  OriginAccessControlConfig: {Name: site, OriginAccessControlOriginType: s3, SigningBehavior: always, SigningProtocol: sigv4}
              Site:
                Type: AWS::CloudFront::Distribution
                Properties:
                  DistributionConfig:
                    Enabled: true
                    Comment: first
                    DefaultRootObject: index.html
                    Origins:
                      - {Id: site, DomainName: my-bucket.s3.eu-west-2.amazonaws.com, OriginAccessControlId: !GetAtt SiteAccess.Id, S3OriginConfig: {OriginAccessIdentity: ''}}
                    DefaultCacheBehavior:
                      TargetOriginId: site
                      ViewerProtocolPolicy: redirect-to-https
                      AllowedMethods: [GET, HEAD, OPTIONS]
                      CachedMethods: [GET, HEAD]
                      Compress: true
                      CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
                    CustomErrorResponses:
                      - {ErrorCode: 403, ResponseCode: 200, ResponsePagePath: /index.html, ErrorCachingMinTTL: 10}
                    ViewerCertificate: {CloudFrontDefaultCertificate: true}
                  Tags: [{Key: app, Value: recipes}]
            Outputs:
              Domain: {Value: !GetAtt Site.DomainName}
              Id: {Value: !Ref Site}
            """;
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Template });
        var stack = await Settled(js);
        Assert.Equal("CREATE_COMPLETE", (string?)stack["StackStatus"]);
        var outputs = stack["Outputs"]!.AsArray().ToDictionary(output => (string)output!["OutputKey"]!, output => (string)output!["OutputValue"]!);
        var made = (await js.Call("cloudfront", "GetDistribution", new { Id = outputs["Id"] }))["Distribution"]!;
        Assert.Equal(outputs["Domain"], (string?)made["DomainName"]);
        Assert.Equal(["GET", "HEAD"], made["DistributionConfig"]!["DefaultCacheBehavior"]!["AllowedMethods"]!["CachedMethods"]!["Items"]!.AsArray().Select(item => (string)item!));

        await js.Call("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = Template.Replace("Comment: first", "Comment: second", StringComparison.Ordinal) });
        Assert.Equal("UPDATE_COMPLETE", (string?)(await Settled(js))["StackStatus"]);
        Assert.Equal("second", (string?)(await js.Call("cloudfront", "GetDistribution", new { Id = outputs["Id"] }))["Distribution"]!["DistributionConfig"]!["Comment"]);

        await js.Call("cloudformation", "DeleteStack", new { StackName = (string)stack["StackId"]! });
        Assert.Equal("DELETE_COMPLETE", (string?)(await Settled(js, (string)stack["StackId"]!))["StackStatus"]);
        Assert.Equal("NoSuchDistribution", (await js.Fails("cloudfront", "GetDistribution", new { Id = outputs["Id"] })).Code);
    }

    private static async Task<System.Text.Json.Nodes.JsonObject> Settled(AwsJs js, string name = "s")
    {
        for (var tries = 0; tries < 2000; tries++)
        {
            var stack = (await js.Call("cloudformation", "DescribeStacks", new { StackName = name }))["Stacks"]![0]!.AsObject();
            if (!((string)stack["StackStatus"]!).EndsWith("IN_PROGRESS", StringComparison.Ordinal)) return stack;
        }

        throw new InvalidOperationException("the stack does not settle");
    }
}
