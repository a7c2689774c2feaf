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

    [Fact]
    public async Task A_stack_has_every_CloudFront_type_and_takes_all_of_it_away()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        var template = """
            Resources:
              Identity: {Type: AWS::CloudFront::CloudFrontOriginAccessIdentity, Properties: {CloudFrontOriginAccessIdentityConfig: {Comment: c}}}
              Cache:
                Type: AWS::CloudFront::CachePolicy
                Properties:
                  CachePolicyConfig:
                    Name: cache
                    MinTTL: 0
                    DefaultTTL: 60
                    MaxTTL: 600
                    ParametersInCacheKeyAndForwardedToOrigin:
                      EnableAcceptEncodingGzip: true
                      EnableAcceptEncodingBrotli: true
                      CookiesConfig: {CookieBehavior: none}
                      HeadersConfig: {HeaderBehavior: whitelist, Headers: [Origin]}
                      QueryStringsConfig: {QueryStringBehavior: all}
              Request:
                Type: AWS::CloudFront::OriginRequestPolicy
                Properties: {OriginRequestPolicyConfig: {Name: request, CookiesConfig: {CookieBehavior: all}, HeadersConfig: {HeaderBehavior: none}, QueryStringsConfig: {QueryStringBehavior: none}}}
              Response:
                Type: AWS::CloudFront::ResponseHeadersPolicy
                Properties:
                  ResponseHeadersPolicyConfig:
                    Name: response
                    SecurityHeadersConfig: {FrameOptions: {FrameOption: DENY, Override: true}}
                    CustomHeadersConfig: {Items: [{Header: X-A, Value: b, Override: false}]}
                    ServerTimingHeadersConfig: {Enabled: true, SamplingRate: 50}
              Store: {Type: AWS::CloudFront::KeyValueStore, Properties: {Name: kv, Comment: c, Tags: [{Key: app, Value: one}]}}
              Rewrite:
                Type: AWS::CloudFront::Function
                Properties:
                  Name: rewrite
                  AutoPublish: true
                  FunctionCode: "function handler(event) { return event.request; }"
                  FunctionConfig: {Comment: c, Runtime: cloudfront-js-2.0, KeyValueStoreAssociations: [{KeyValueStoreARN: !GetAtt Store.Arn}]}
              Key: {Type: AWS::CloudFront::PublicKey, Properties: {PublicKeyConfig: {Name: key, CallerReference: k, EncodedKey: "PEM"}}}
              Group: {Type: AWS::CloudFront::KeyGroup, Properties: {KeyGroupConfig: {Name: group, Items: [!Ref Key]}}}
              Site:
                Type: AWS::CloudFront::Distribution
                Properties:
                  DistributionConfig:
                    Enabled: true
                    Origins:
                      - {Id: site, DomainName: my-bucket.s3.eu-west-2.amazonaws.com, S3OriginConfig: {OriginAccessIdentity: !Sub "origin-access-identity/cloudfront/${Identity}"}}
                      - {Id: api, DomainName: localhost, CustomOriginConfig: {OriginProtocolPolicy: http-only, HTTPPort: 81}}
                    OriginGroups:
                      Quantity: 1
                      Items: [{Id: both, FailoverCriteria: {StatusCodes: {Quantity: 1, Items: [503]}}, Members: {Quantity: 2, Items: [{OriginId: site}, {OriginId: api}]}}]
                    DefaultCacheBehavior:
                      TargetOriginId: both
                      ViewerProtocolPolicy: redirect-to-https
                      CachePolicyId: !Ref Cache
                      OriginRequestPolicyId: !Ref Request
                      ResponseHeadersPolicyId: !Ref Response
                      TrustedKeyGroups: [!Ref Group]
                      FunctionAssociations: [{EventType: viewer-request, FunctionARN: !GetAtt Rewrite.FunctionARN}]
                    Aliases: [www.stack.example]
                    ViewerCertificate: {AcmCertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/1", SslSupportMethod: sni-only, MinimumProtocolVersion: TLSv1.2_2021}
            Outputs:
              Id: {Value: !Ref Site}
              User: {Value: !GetAtt Identity.S3CanonicalUserId}
            """.Replace("PEM", rsa.ExportSubjectPublicKeyInfoPem().ReplaceLineEndings("\\n"), StringComparison.Ordinal);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template });
        var stack = await Settled(js);
        Assert.True((string?)stack["StackStatus"] == "CREATE_COMPLETE", (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = "s" })).ToJsonString());
        var id = (string)stack["Outputs"]!.AsArray().First(output => (string)output!["OutputKey"]! == "Id")!["OutputValue"]!;
        var config = (await js.Call("cloudfront", "GetDistribution", new { Id = id }))["Distribution"]!["DistributionConfig"]!;
        Assert.Equal("arn:aws:cloudfront::123456789012:function/rewrite", (string?)config["DefaultCacheBehavior"]!["FunctionAssociations"]!["Items"]![0]!["FunctionARN"]);
        Assert.True((bool)config["DefaultCacheBehavior"]!["TrustedKeyGroups"]!["Enabled"]!);
        await js.Call("cloudformation", "UpdateStack", new { StackName = "s", TemplateBody = template.Replace("Comment: c}", "Comment: d}", StringComparison.Ordinal) });
        Assert.Equal("UPDATE_COMPLETE", (string?)(await Settled(js))["StackStatus"]);
        await js.Call("cloudformation", "DeleteStack", new { StackName = (string)stack["StackId"]! });
        Assert.Equal("DELETE_COMPLETE", (string?)(await Settled(js, (string)stack["StackId"]!))["StackStatus"]);
        Assert.Empty((await js.Call("cloudfront", "ListFunctions"))["FunctionList"]!["Items"]?.AsArray() ?? []);
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
