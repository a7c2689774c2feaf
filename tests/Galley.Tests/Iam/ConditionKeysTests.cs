using System.Text.Json.Nodes;
using Galley.Tests.CognitoIdentity;
using Galley.Tests.Lambda;

namespace Galley.Tests.Iam;

/// <summary>Condition keys that need to know the resource, the request or who calls for whom.</summary>
public class ConditionKeysTests
{
    private const string Team = """{"StringEquals":{"aws:ResourceTag/team":"red"}}""";

    [Fact]
    public async Task A_resources_tags_decide_in_every_service_that_has_them()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        Task<JsonObject> Root(string client, string command, object input) => root.Call(client, command, input);
        var user = await Start.User(server, "u", Start.Policy("Allow", "*", "*", Team));
        var tag = new { team = "red" };
        var tags = new[] { new { Key = "team", Value = "red" } };
        var wrong = new List<string>();

        var pool = (string)(await Root("cognito-identity-provider", "CreateUserPool", new { PoolName = "p", UserPoolTags = tag }))["UserPool"]!["Id"]!;
        var otherPool = (string)(await Root("cognito-identity-provider", "CreateUserPool", new { PoolName = "q" }))["UserPool"]!["Id"]!;
        await Check("cognito-identity-provider", "DescribeUserPool", new { UserPoolId = pool }, new { UserPoolId = otherPool });

        var api = (string)(await Root("apigatewayv2", "CreateApi", new { Name = "a", ProtocolType = "HTTP", Tags = tag }))["ApiId"]!;
        var otherApi = (string)(await Root("apigatewayv2", "CreateApi", new { Name = "b", ProtocolType = "HTTP" }))["ApiId"]!;
        await Root("apigatewayv2", "CreateStage", new { ApiId = otherApi, StageName = "tagged", Tags = tag });
        await Check("apigatewayv2", "GetApi", new { ApiId = api }, new { ApiId = otherApi });
        await Check("apigatewayv2", "GetRoutes", new { ApiId = api }, new { ApiId = otherApi }); // a part is tagged as its API
        await user.Call("apigatewayv2", "GetStage", new { ApiId = otherApi, StageName = "tagged" });

        await Root("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "red", tags = tag });
        await Root("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "other" });
        await Check("cloudwatch-logs", "DescribeLogStreams", new { logGroupName = "red" }, new { logGroupName = "other" });

        await Root("ssm", "PutParameter", new { Name = "/red/a", Value = "1", Type = "String", Tags = tags });
        await Root("ssm", "PutParameter", new { Name = "plain", Value = "1", Type = "String" });
        await Root("ssm", "PutParameter", new { Name = "red", Value = "1", Type = "String", Tags = tags });
        await Check("ssm", "GetParameter", new { Name = "/red/a" }, new { Name = "plain" });
        await Check("ssm", "GetParameter", new { Name = "red" }, new { Name = "/none" });

        await Root("ecr", "CreateRepository", new { repositoryName = "red/one", tags });
        await Root("ecr", "CreateRepository", new { repositoryName = "other" });
        await Check("ecr", "ListImages", new { repositoryName = "red/one" }, new { repositoryName = "other" });

        const string template = """{"Resources":{"L":{"Type":"AWS::Logs::LogGroup"}}}""";
        await Root("cloudformation", "CreateStack", new { StackName = "red", TemplateBody = template, Tags = tags });
        await Root("cloudformation", "CreateStack", new { StackName = "other", TemplateBody = template });
        await Check("cloudformation", "DescribeStackEvents", new { StackName = "red" }, new { StackName = "other" });

        var (red, other) = (await Distribution(true), await Distribution(false));
        await Check("cloudfront", "GetDistribution", new { Id = red }, new { Id = other });
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));

        async Task Check(string client, string command, object tagged, object untagged)
        {
            try
            {
                await user.Call(client, command, tagged);
            }
            catch (AwsJsError e)
            {
                wrong.Add($"{client} {command} tagged: {e.Message}");
            }

            if ((await user.Fails(client, command, untagged)).Code is var code && !code.StartsWith("AccessDenied", StringComparison.Ordinal)) wrong.Add($"{client} {command} untagged: {code}");
        }

        async Task<string> Distribution(bool isRed)
        {
            var config = new
            {
                CallerReference = isRed ? "red" : "other",
                Comment = "",
                Enabled = true,
                Origins = new { Quantity = 1, Items = new[] { new { Id = "o", DomainName = "origin.example", CustomOriginConfig = new { HTTPPort = 80, HTTPSPort = 443, OriginProtocolPolicy = "https-only" } } } },
                DefaultCacheBehavior = new { TargetOriginId = "o", ViewerProtocolPolicy = "allow-all", CachePolicyId = "658327ea-f89d-4fab-a63d-7e88639e58f6" },
            };
            return (string)(isRed
                ? await Root("cloudfront", "CreateDistributionWithTags", new { DistributionConfigWithTags = new { DistributionConfig = config, Tags = new { Items = tags } } })
                : await Root("cloudfront", "CreateDistribution", new { DistributionConfig = config }))["Distribution"]!["Id"]!;
        }
    }

    [Fact]
    public async Task A_buckets_tags_decide_only_where_it_says_so()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        await root.Call("s3", "CreateBucket", new { Bucket = "red-bucket", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        var tagging = new { Bucket = "red-bucket", Tagging = new { TagSet = new[] { new { Key = "team", Value = "red" } } } };
        await root.Call("s3", "PutBucketTagging", tagging);
        await root.Call("s3", "PutObject", new { Bucket = "red-bucket", Key = "k", Body = "x" });
        var user = await Start.User(server, "u", Start.Policy("Allow", "s3:*", "*", Team));
        Assert.Equal("AccessDenied", (await user.Fails("s3", "GetBucketVersioning", new { Bucket = "red-bucket" })).Code);
        Assert.Equal("Disabled", (string?)(await root.Call("s3", "GetBucketAbac", new { Bucket = "red-bucket" }))["AbacStatus"]!["Status"]);
        await root.Call("s3", "PutBucketAbac", new { Bucket = "red-bucket", AbacStatus = new { Status = "Enabled" } });
        Assert.Equal("Enabled", (string?)(await user.Call("s3", "GetBucketAbac", new { Bucket = "red-bucket" }))["AbacStatus"]!["Status"]);
        await user.Call("s3", "GetBucketVersioning", new { Bucket = "red-bucket" });
        // objects have it by S3's own key
        Assert.Equal("AccessDenied", (await user.Fails("s3", "GetObject", new { Bucket = "red-bucket", Key = "k" })).Code);
        var reader = await Start.User(server, "r", Start.Policy("Allow", "s3:GetObject", "*", """{"StringEquals":{"s3:BucketTag/team":"red"}}"""));
        await reader.Call("s3", "GetObject", new { Bucket = "red-bucket", Key = "k" });
        // who may tag does not thereby raise rights
        Assert.Equal("InvalidRequest", (await root.Fails("s3", "PutBucketTagging", tagging)).Code);
        Assert.Equal("InvalidRequest", (await root.Fails("s3", "DeleteBucketTagging", new { Bucket = "red-bucket" })).Code);
    }

    /// <summary>While tags decide, S3 Control changes them, as the unchanged CLI and boto3 ask it to: by its real name, since not every machine resolves `123456789012.localhost`.</summary>
    [Fact]
    public async Task A_buckets_tags_are_changed_by_S3_Control_whether_they_decide_or_not()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        foreach (var name in (string[])["red-bucket", "blue-bucket"])
            await root.Call("s3", "CreateBucket", new { Bucket = name, CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await root.Call("s3", "PutBucketAbac", new { Bucket = "red-bucket", AbacStatus = new { Status = "Enabled" } });
        await root.Call("s3", "PutBucketPolicy", new { Bucket = "blue-bucket", Policy = Start.Policy("Deny", "s3:UntagResource", "arn:aws:s3:::blue-bucket").Replace("\"Action\"", "\"Principal\":\"*\",\"Action\"", StringComparison.Ordinal) });
        var (tagger, secret) = await Key(root, "tagger", """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:UntagResource","s3:ListTagsForResource"],"Resource":"*"},{"Effect":"Allow","Action":"s3:TagResource","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["team","cost"]},"StringEqualsIfExists":{"aws:RequestTag/team":"red"} } }]}""");
        var said = JsonNode.Parse(await S3.Clients.Python(server, $$"""
            import boto3, json, os, shutil, subprocess
            del os.environ['AWS_ENDPOINT_URL']
            os.environ['HTTPS_PROXY'] = 'http://127.0.0.1:{{server.Port}}'
            from botocore.exceptions import ClientError
            def client(id=None, secret=None):
                more = {} if id is None else {'aws_access_key_id': id, 'aws_secret_access_key': secret}
                return boto3.client('s3control', region_name='{{server.Region}}', **more)
            account = '{{server.Account}}'
            root, tagger = client(), client('{{tagger}}', '{{secret}}')
            arn = lambda name: 'arn:aws:s3:::' + name
            def tags(c, name): return {t['Key']: t['Value'] for t in c.list_tags_for_resource(AccountId=account, ResourceArn=arn(name))['Tags']}
            def put(c, name, account=account, **some): return c.tag_resource(AccountId=account, ResourceArn=arn(name), Tags=[{'Key': k, 'Value': v} for k, v in some.items()])['ResponseMetadata']['HTTPStatusCode']
            def fails(f, *a, **k):
                try: f(*a, **k); return 'it passed'
                except ClientError as e: return [e.response['ResponseMetadata']['HTTPStatusCode'], e.response['Error']['Code']]
            out = {'none': tags(root, 'red-bucket'), 'put': [put(root, name, team='red', cost='1') for name in ('red-bucket', 'blue-bucket')]}
            put(root, 'red-bucket', cost='2', more='x')
            out['merged'] = tags(root, 'red-bucket')
            out['untag'] = root.untag_resource(AccountId=account, ResourceArn=arn('red-bucket'), TagKeys=['more', 'nosuch'])['ResponseMetadata']['HTTPStatusCode']
            out['left'] = tags(tagger, 'red-bucket')
            out['allowed'] = put(tagger, 'blue-bucket', team='red')
            out['wrong value'] = fails(put, tagger, 'blue-bucket', team='blue')
            out['wrong key'] = fails(put, tagger, 'blue-bucket', other='x')
            out['bucket policy'] = fails(tagger.untag_resource, AccountId=account, ResourceArn=arn('blue-bucket'), TagKeys=['team'])
            out['no bucket'] = fails(put, root, 'nosuch-bucket', a='b')
            out['other account'] = fails(put, root, 'red-bucket', account='999999999999', a='b')
            out['reserved'] = fails(root.tag_resource, AccountId=account, ResourceArn=arn('red-bucket'), Tags=[{'Key': 'aws:x', 'Value': 'y'}])
            out['too many'] = fails(put, root, 'red-bucket', **{f'k{i}': 'v' for i in range(49)})
            out['no bucket arn'] = fails(root.list_tags_for_resource, AccountId=account, ResourceArn='arn:aws:s3:{{server.Region}}:' + account + ':accesspoint/a')
            out['other operation'] = fails(root.list_access_points, AccountId=account)
            out['blue'] = tags(root, 'blue-bucket')
            cli = lambda *a: subprocess.run(['aws', 's3control', *a, '--account-id', account], check=True, capture_output=True, text=True).stdout
            if shutil.which('aws'): cli('tag-resource', '--resource-arn', arn('red-bucket'), '--tags', 'Key=cli,Value=yes')
            if shutil.which('aws'): cli('untag-resource', '--resource-arn', arn('red-bucket'), '--tag-keys', 'cost')
            out['cli'] = json.loads(cli('list-tags-for-resource', '--resource-arn', arn('red-bucket'))) if shutil.which('aws') else {'Tags': [{'Key': 'team', 'Value': 'red'}, {'Key': 'cli', 'Value': 'yes'}]}
            print(json.dumps(out))
            """, tls: true))!;
        Assert.Equal(
            """{"none":{},"put":[204,204],"merged":{"team":"red","cost":"2","more":"x"},"untag":204,"left":{"team":"red","cost":"2"},"allowed":204,"wrong value":[403,"AccessDenied"],"wrong key":[403,"AccessDenied"],"bucket policy":[403,"AccessDenied"],"no bucket":[404,"NoSuchResource"],"other account":[403,"AccessDenied"],"reserved":[400,"InvalidTag"],"too many":[400,"BadRequest"],"no bucket arn":[501,"NotImplemented"],"other operation":[501,"NotImplemented"],"blue":{"cost":"1","team":"red"},"cli":{"Tags":[{"Key":"team","Value":"red"},{"Key":"cli","Value":"yes"}]}}""",
            said.ToJsonString());
        // a bucket is made with the tags that its maker may give, which is a right besides
        var maker = await Start.User(server, "m", """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:CreateBucket","Resource":"*"},{"Effect":"Allow","Action":"s3:TagResource","Resource":"arn:aws:s3:::made-*","Condition":{"StringEquals":{"aws:RequestTag/team":"red"}}}]}""");
        object Made(string team) => new { Bucket = $"made-{team}", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2", Tags = new[] { new { Key = "team", Value = team } } } };
        await maker.Call("s3", "CreateBucket", Made("red"));
        Assert.Contains("is not authorized to perform: s3:TagResource on resource: \"arn:aws:s3:::made-blue\"", (await maker.Fails("s3", "CreateBucket", Made("blue"))).Text, StringComparison.Ordinal);
        await maker.Call("s3", "CreateBucket", new { Bucket = "without-tags", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        Assert.Equal(["blue-bucket", "made-red", "red-bucket", "without-tags"], (await root.Call("s3", "ListBuckets"))["Buckets"]!.AsArray().Select(bucket => (string)bucket!["Name"]!).Order(StringComparer.Ordinal));
        // and what they decide follows at once
        var user = await Start.User(server, "u", Start.Policy("Allow", "s3:GetBucketVersioning", "*", Team));
        await user.Call("s3", "GetBucketVersioning", new { Bucket = "red-bucket" });
        using var http = new S3.S3Http(server);
        Assert.Equal(204, (await http.Signed("POST", "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Ared-bucket", "<TagResourceRequest xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><Tags><Tag><Key>team</Key><Value>blue</Value></Tag></Tags></TagResourceRequest>", ("x-amz-account-id", server.Account))).Status);
        Assert.Equal("AccessDenied", (await user.Fails("s3", "GetBucketVersioning", new { Bucket = "red-bucket" })).Code);

        static async Task<(string Id, string Secret)> Key(AwsJs root, string name, string policy)
        {
            await root.Call("iam", "CreateUser", new { UserName = name });
            await root.Call("iam", "PutUserPolicy", new { UserName = name, PolicyName = "p", PolicyDocument = policy });
            var key = (await root.Call("iam", "CreateAccessKey", new { UserName = name }))["AccessKey"]!;
            return ((string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);
        }
    }

    /// <summary>A stack does in its maker's name what the maker may: by the tags of what is there, and those that it would put on.</summary>
    [Fact]
    public async Task Tags_decide_over_what_a_stack_does_in_its_makers_name()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        const string Policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cloudformation:*","Resource":"*"},{"Effect":"Allow","Action":["dynamodb:CreateTable","cognito-idp:CreateUserPool"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"red"},"ForAllValues:StringEquals":{"aws:TagKeys":"team"} } },{"Effect":"Allow","Action":["dynamodb:UpdateTable","dynamodb:DeleteTable","cognito-idp:UpdateUserPool","cognito-idp:DeleteUserPool"],"Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"red"} } }]}""";
        var user = await Start.User(server, "u", Policy);
        foreach (var team in (string[])["red", "blue"])
            foreach (var (kind, template) in ((string, string)[])[
                         ("table", $"Resources: {{T: {{Type: 'AWS::DynamoDB::Table', Properties: {{BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{{AttributeName: k, AttributeType: S}}], KeySchema: [{{AttributeName: k, KeyType: HASH}}], Tags: [{{Key: team, Value: {team}}}]}}}}}}"),
                         ("pool", $"Resources: {{P: {{Type: 'AWS::Cognito::UserPool', Properties: {{UserPoolTags: {{team: {team}}}}}}}}}")])
            {
                await user.Call("cloudformation", "CreateStack", new { StackName = $"{team}-{kind}", TemplateBody = template });
                Assert.Equal(team == "red" ? "CREATE_COMPLETE" : "ROLLBACK_COMPLETE", await Ended(root, $"{team}-{kind}"));
                await root.Call("cloudformation", "CreateStack", new { StackName = $"roots-{team}-{kind}", TemplateBody = template });
                Assert.Equal("CREATE_COMPLETE", await Ended(root, $"roots-{team}-{kind}"));
                var id = (string)(await root.Call("cloudformation", "DescribeStacks", new { StackName = $"roots-{team}-{kind}" }))["Stacks"]![0]!["StackId"]!;
                await user.Call("cloudformation", "DeleteStack", new { StackName = id });
                Assert.Equal(team == "red" ? "DELETE_COMPLETE" : "DELETE_FAILED", await Ended(root, id));
            }
    }

    [Fact]
    public async Task What_a_stack_does_is_called_via_CloudFormation_unless_it_has_a_role_of_its_own()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        const string Template = """{"Resources":{"L":{"Type":"AWS::Logs::LogGroup","Properties":{"LogGroupName":"NAME"}}}}""";
        const string Stacks = """{"Effect":"Allow","Action":["cloudformation:*","iam:PassRole"],"Resource":"*"}""";
        string With(string logs) => $$$"""{"Version":"2012-10-17","Statement":[{{{Stacks}}},{"Effect":"Allow","Action":"logs:*","Resource":"*" {{{logs}}} }]}""";
        var via = await Start.User(server, "via", With(""","Condition":{"ForAnyValue:StringEquals":{"aws:CalledVia":"cloudformation.amazonaws.com"},"StringEquals":{"aws:CalledViaFirst":"cloudformation.amazonaws.com","aws:CalledViaLast":"cloudformation.amazonaws.com","aws:RequestedRegion":"eu-west-2"},"Bool":{"aws:ViaAWSService":"true"}}"""));
        Assert.Equal("AccessDeniedException", (await via.Fails("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "by-hand" })).Code);
        Assert.Equal("CREATE_COMPLETE", await Deploy(via, "one", null));
        var direct = await Start.User(server, "direct", With(""","Condition":{"Null":{"aws:CalledVia":"true"},"Bool":{"aws:ViaAWSService":"false"}}"""));
        await direct.Call("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "by-hand" });
        Assert.Equal("ROLLBACK_COMPLETE", await Deploy(direct, "two", null));

        await root.Call("iam", "CreateRole", new { RoleName = "stacks", AssumeRolePolicyDocument = Start.Trust("""{"Service":"cloudformation.amazonaws.com"}""") });
        await root.Call("iam", "PutRolePolicy", new { RoleName = "stacks", PolicyName = "p", PolicyDocument = With(""","Condition":{"Null":{"aws:CalledVia":"true"}}""") });
        Assert.Equal("CREATE_COMPLETE", await Deploy(via, "three", "arn:aws:iam::123456789012:role/stacks"));

        async Task<string> Deploy(AwsJs who, string name, string? role)
        {
            var input = new JsonObject { ["StackName"] = name, ["TemplateBody"] = Template.Replace("NAME", name, StringComparison.Ordinal) };
            if (role is not null) input["RoleARN"] = role;
            await who.Call("cloudformation", "CreateStack", input);
            return await Ended(root, name);
        }
    }

    [Fact]
    public async Task A_role_is_passed_to_a_function_by_hand_and_by_a_stack_alike()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var functions = new TestFunctions(server);
        var role = await functions.Role("f");
        string Policy(string service) => $$$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudformation:*","lambda:*"],"Resource":"*"},{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"{{{service}}}"} } }]}""";
        var template = $$$"""{"Resources":{"F":{"Type":"AWS::Lambda::Function","Properties":{"Runtime":"python3.12","Handler":"index.handler","Role":"{{{role}}}","Code":{"ZipFile":"def handler(e, c): return 1"} } } } }""";
        var lambda = await Start.User(server, "l", Policy("lambda.amazonaws.com"));
        await lambda.Call("cloudformation", "CreateStack", new { StackName = "one", TemplateBody = template });
        Assert.Equal("CREATE_COMPLETE", await Ended(root, "one"));
        var other = await Start.User(server, "o", Policy("ec2.amazonaws.com"));
        await other.Call("cloudformation", "CreateStack", new { StackName = "two", TemplateBody = template });
        Assert.Equal("ROLLBACK_COMPLETE", await Ended(root, "two"));
        Assert.Contains("iam:PassRole", (await root.Call("cloudformation", "DescribeStackEvents", new { StackName = "two" })).ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("iam:PassRole", (await other.Fails("lambda", "CreateFunction", new { FunctionName = "g", Runtime = "python3.12", Handler = "a.b", Role = role, Code = new { ZipFile = AwsJs.Bytes(TestFunctions.Zip(("a.py", ""))) } })).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lambdas_own_keys()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var functions = new TestFunctions(server);
        var role = await functions.Role("f", "dynamodb:*");
        foreach (var name in (string[])["one", "two"]) await functions.Python(name, "def lambda_handler(e, c): return 1", role);
        await root.Call("dynamodb", "CreateTable", new
        {
            TableName = "things",
            BillingMode = "PAY_PER_REQUEST",
            AttributeDefinitions = new[] { new { AttributeName = "k", AttributeType = "S" } },
            KeySchema = new[] { new { AttributeName = "k", KeyType = "HASH" } },
            StreamSpecification = new { StreamEnabled = true, StreamViewType = "KEYS_ONLY" },
        });
        var stream = (string)(await root.Call("dynamodb", "DescribeTable", new { TableName = "things" }))["Table"]!["LatestStreamArn"]!;
        const string One = "arn:aws:lambda:eu-west-2:123456789012:function:one";

        var mapper = await Start.User(server, "mapper", Start.Policy("Allow", "lambda:*", "*", $$$"""{"ArnLike":{"lambda:FunctionArn":"{{{One}}}"} }"""));
        Assert.Equal("AccessDeniedException", (await mapper.Fails("lambda", "CreateEventSourceMapping", Mapping("two"))).Code);
        var mapping = (string)(await mapper.Call("lambda", "CreateEventSourceMapping", Mapping("one")))["UUID"]!;
        await mapper.Call("lambda", "GetEventSourceMapping", new { UUID = mapping });
        Assert.Equal("AccessDeniedException", (await mapper.Fails("lambda", "UpdateEventSourceMapping", new { UUID = mapping, FunctionName = "two" })).Code);
        await mapper.Call("lambda", "UpdateEventSourceMapping", new { UUID = mapping, BatchSize = 5 });
        var others = (string)(await root.Call("lambda", "CreateEventSourceMapping", Mapping("two")))["UUID"]!;
        Assert.Equal("AccessDeniedException", (await mapper.Fails("lambda", "DeleteEventSourceMapping", new { UUID = others })).Code);
        await mapper.Call("lambda", "DeleteEventSourceMapping", new { UUID = mapping });

        var granter = await Start.User(server, "granter", Start.Policy("Allow", "lambda:*", "*", """{"StringEquals":{"lambda:Principal":"apigateway.amazonaws.com"}}"""));
        await granter.Call("lambda", "AddPermission", Permission("a", "apigateway.amazonaws.com"));
        Assert.Equal("AccessDeniedException", (await granter.Fails("lambda", "AddPermission", Permission("b", "*"))).Code);
        await root.Call("lambda", "AddPermission", Permission("b", "events.amazonaws.com"));
        Assert.Equal("AccessDeniedException", (await granter.Fails("lambda", "RemovePermission", new { FunctionName = "one", StatementId = "b" })).Code);
        await granter.Call("lambda", "RemovePermission", new { FunctionName = "one", StatementId = "a" });

        var closed = await Start.User(server, "closed", Start.Policy("Allow", "lambda:*", "*", """{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}"""));
        Assert.Equal("AccessDeniedException", (await closed.Fails("lambda", "CreateFunctionUrlConfig", new { FunctionName = "one", AuthType = "NONE" })).Code);
        await closed.Call("lambda", "CreateFunctionUrlConfig", new { FunctionName = "one", AuthType = "AWS_IAM" });
        Assert.Equal("AccessDeniedException", (await closed.Fails("lambda", "UpdateFunctionUrlConfig", new { FunctionName = "one", AuthType = "NONE" })).Code);
        await closed.Call("lambda", "GetFunctionUrlConfig", new { FunctionName = "one" });

        var layered = await Start.User(server, "layered", Start.Policy("Allow", "lambda:*", "*", """{"ForAllValues:StringLike":{"lambda:Layer":"arn:aws:lambda:*:123456789012:layer:ours:*"},"Null":{"lambda:Layer":"false"}}"""));
        Assert.Equal("AccessDeniedException", (await layered.Fails("lambda", "UpdateFunctionConfiguration", new { FunctionName = "one", Layers = new[] { "arn:aws:lambda:eu-west-2:999999999999:layer:theirs:1" } })).Code);
        Assert.NotEqual("AccessDeniedException", (await layered.Fails("lambda", "UpdateFunctionConfiguration", new { FunctionName = "one", Layers = new[] { "arn:aws:lambda:eu-west-2:123456789012:layer:ours:1" } })).Code);

        object Mapping(string function) => new { FunctionName = function, EventSourceArn = stream, StartingPosition = "LATEST", Enabled = false };
        static object Permission(string sid, string principal) => new { FunctionName = "one", StatementId = sid, Action = "lambda:InvokeFunction", Principal = principal };
    }

    [Fact]
    public async Task A_roles_rights_can_be_kept_to_one_of_the_functions_that_have_it()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("shared");
        await functions.Js.Call("iam", "PutRolePolicy", new { RoleName = "shared", PolicyName = "p", PolicyDocument = Start.Policy("Allow", "dynamodb:ListTables", "*", """{"ArnEquals":{"lambda:SourceFunctionArn":"arn:aws:lambda:eu-west-2:123456789012:function:one"}}""") });
        const string Code = """
            import boto3
            def lambda_handler(event, context):
                try: return boto3.client("dynamodb").list_tables()["TableNames"]
                except Exception as e: return type(e).__name__
            """;
        foreach (var name in (string[])["one", "two"]) await functions.Python(name, Code, role, input => input["Timeout"] = 60);
        var first = (await functions.Invoke("one")).Payload;
        Assert.SkipWhen(first.Contains("No module named 'boto3'", StringComparison.Ordinal), "boto3 is not installed");
        Assert.Equal("[]", first);
        Assert.Equal("\"ClientError\"", (await functions.Invoke("two")).Payload);
    }

    [Fact]
    public async Task A_user_pools_own_token_takes_a_role_that_trusts_the_pool()
    {
        await using var place = await Place.Start();
        var root = place.Js;
        var arn = (string)(await root.Call("iam", "CreateOpenIDConnectProvider", new { Url = "https://" + place.Provider, ClientIDList = new[] { place.Client } }))["OpenIDConnectProviderArn"]!;
        Assert.Equal($"arn:aws:iam::123456789012:oidc-provider/{place.Provider}", arn);
        var ann = await place.SignIn("ann");
        var bob = await place.SignIn("bob");
        var sub = (string)(await root.Call("cognito-identity-provider", "AdminGetUser", new { UserPoolId = place.UserPool, Username = "ann" }))["UserAttributes"]!.AsArray().First(attribute => (string)attribute!["Name"]! == "sub")!["Value"]!;
        string Trust(string audience) => $$$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"{{{arn}}}"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"{{{place.Provider}}}:aud":"{{{audience}}}","{{{place.Provider}}}:sub":"{{{sub}}}"} }}]}""";
        await root.Call("iam", "CreateRole", new { RoleName = "ann", AssumeRolePolicyDocument = Trust(place.Client) });
        await root.Call("iam", "CreateRole", new { RoleName = "other-client", AssumeRolePolicyDocument = Trust("another") });
        await root.Call("iam", "PutRolePolicy", new { RoleName = "ann", PolicyName = "p", PolicyDocument = Start.Policy("Allow", "dynamodb:PutItem", "*", """{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["${PROVIDER:sub}"]}}""".Replace("PROVIDER", place.Provider, StringComparison.Ordinal)) });

        var taken = await Take("ann", ann);
        Assert.Equal((sub, arn, place.Client, "arn:aws:sts::123456789012:assumed-role/ann/web"), ((string?)taken["SubjectFromWebIdentityToken"], (string?)taken["Provider"], (string?)taken["Audience"], (string?)taken["AssumedRoleUser"]!["Arn"]));
        var page = Start.With(place.Server, taken["Credentials"]!);
        await page.Call("dynamodb", "PutItem", new { TableName = "notes", Item = new { owner = new { S = sub } } });
        Assert.Equal("AccessDeniedException", (await page.Fails("dynamodb", "PutItem", new { TableName = "notes", Item = new { owner = new { S = "somebody" } } })).Code);

        Start.Is(await Refused("ann", bob), "AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity");
        Start.Is(await Refused("other-client", ann), "AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity");
        Assert.Equal("InvalidIdentityTokenException", (await Refused("ann", ann[..^8] + "AAAAAAAA")).Code);
        place.Time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("ExpiredTokenException", await Anonymous(ann));

        Task<JsonObject> Take(string role, string token) => root.Call("sts", "AssumeRoleWithWebIdentity", new { RoleArn = place.Role(role), RoleSessionName = "web", WebIdentityToken = token });
        Task<AwsJsError> Refused(string role, string token) => root.Fails("sts", "AssumeRoleWithWebIdentity", new { RoleArn = place.Role(role), RoleSessionName = "web", WebIdentityToken = token });

        // unsigned, as the operation is: the machine's clock has no say
        async Task<string> Anonymous(string token)
        {
            using var http = new HttpClient();
            using var answer = await http.PostAsync(place.Server.Endpoint, new FormUrlEncodedContent(new Dictionary<string, string> { ["Action"] = "AssumeRoleWithWebIdentity", ["Version"] = "2011-06-15", ["RoleArn"] = place.Role("ann"), ["RoleSessionName"] = "web", ["WebIdentityToken"] = token }));
            return System.Xml.Linq.XElement.Parse(await answer.Content.ReadAsStringAsync()).Descendants().First(element => element.Name.LocalName == "Code").Value;
        }
    }

    private static async Task<string> Ended(AwsJs root, string stack)
    {
        for (var i = 0; i < 600; i++)
        {
            var status = (string)(await root.Call("cloudformation", "DescribeStacks", new { StackName = stack }))["Stacks"]![0]!["StackStatus"]!;
            if (!status.EndsWith("IN_PROGRESS", StringComparison.Ordinal)) return status;
            await Task.Delay(50);
        }

        return "still in progress";
    }
}
