namespace Galley.Tests.Iam;

public class ResourcesTests
{
    private const string Template = """
        {"Resources":{
          "Role":{"Type":"AWS::IAM::Role","Properties":{
            "AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com"]}}]},
            "ManagedPolicyArns":["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
            "Policies":[{"PolicyName":"RolePolicy0","PolicyDocument":{"Statement":[{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"*"}],"Version":"2012-10-17"}}],
            "Tags":[{"Key":"lambda:createdBy","Value":"SAM"}]}},
          "Policy":{"Type":"AWS::IAM::Policy","Properties":{"PolicyName":"more","Roles":[{"Ref":"Role"}],"PolicyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}}},
          "Managed":{"Type":"AWS::IAM::ManagedPolicy","Properties":{"Roles":[{"Ref":"Role"}],"PolicyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}}},
          "User":{"Type":"AWS::IAM::User","Properties":{"UserName":"from-stack"}},
          "Key":{"Type":"AWS::IAM::AccessKey","Properties":{"UserName":{"Ref":"User"}}}},
         "Outputs":{"Role":{"Value":{"Ref":"Role"}},"Arn":{"Value":{"Fn::GetAtt":["Role","Arn"]}},"Managed":{"Value":{"Ref":"Managed"}},"Id":{"Value":{"Ref":"Key"}},"Secret":{"Value":{"Fn::GetAtt":["Key","SecretAccessKey"]}}}}
        """;

    [Fact]
    public async Task A_stack_makes_roles_policies_users_and_keys_and_takes_them_away()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        await root.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Template, Capabilities = new[] { "CAPABILITY_NAMED_IAM" } });
        var stack = await Settled(root, "s");
        Assert.Equal("CREATE_COMPLETE", (string?)stack["StackStatus"]);
        var outputs = stack["Outputs"]!.AsArray().ToDictionary(output => (string)output!["OutputKey"]!, output => (string)output!["OutputValue"]!);
        Assert.Equal("arn:aws:iam::123456789012:role/" + outputs["Role"], outputs["Arn"]);
        var names = (await root.Call("iam", "ListRolePolicies", new { RoleName = outputs["Role"] }))["PolicyNames"]!.AsArray().Select(name => (string)name!);
        Assert.Equal(["more", "RolePolicy0"], names);
        Assert.Equal(2, (await root.Call("iam", "ListAttachedRolePolicies", new { RoleName = outputs["Role"] }))["AttachedPolicies"]!.AsArray().Count);
        var identity = await new AwsJs(server, outputs["Id"], outputs["Secret"]).Call("sts", "GetCallerIdentity");
        Assert.Equal("arn:aws:iam::123456789012:user/from-stack", (string?)identity["Arn"]);

        await root.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        Assert.Equal("DELETE_COMPLETE", (string?)(await Settled(root, (string)stack["StackId"]!))["StackStatus"]);
        Assert.Empty((await root.Call("iam", "ListRoles"))["Roles"]!.AsArray());
        Assert.Equal("NoSuchEntityException", (await root.Fails("iam", "GetPolicy", new { PolicyArn = outputs["Managed"] })).Code);
    }

    [Fact]
    public async Task A_stack_makes_groups_providers_and_an_identity_pool_with_its_roles()
    {
        const string template = """
            {"Resources":{
              "Team":{"Type":"AWS::IAM::Group","Properties":{"GroupName":"team","Policies":[{"PolicyName":"p","PolicyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}}]}},
              "Ann":{"Type":"AWS::IAM::User","Properties":{"UserName":"ann"}},
              "Members":{"Type":"AWS::IAM::UserToGroupAddition","Properties":{"GroupName":{"Ref":"Team"},"Users":[{"Ref":"Ann"}]}},
              "Ci":{"Type":"AWS::IAM::OIDCProvider","Properties":{"Url":"https://token.example","ClientIdList":["app"],"ThumbprintList":[]}},
              "Pool":{"Type":"AWS::Cognito::IdentityPool","Properties":{"AllowUnauthenticatedIdentities":"true","OpenIdConnectProviderARNs":[{"Ref":"Ci"}]}},
              "Role":{"Type":"AWS::IAM::Role","Properties":{"AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":{"Ref":"Pool"}}}}]}}},
              "More":{"Type":"AWS::IAM::RolePolicy","Properties":{"RoleName":{"Ref":"Role"},"PolicyName":"more","PolicyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}}},
              "Roles":{"Type":"AWS::Cognito::IdentityPoolRoleAttachment","Properties":{"IdentityPoolId":{"Ref":"Pool"},"Roles":{"unauthenticated":{"Fn::GetAtt":["Role","Arn"]}},"RoleMappings":{"x":{"IdentityProvider":"token.example","Type":"Token","AmbiguousRoleResolution":"Deny"}}}}},
             "Outputs":{"Pool":{"Value":{"Ref":"Pool"}},"Role":{"Value":{"Ref":"Role"}},"Ci":{"Value":{"Fn::GetAtt":["Ci","Arn"]}}}}
            """;
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        await root.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template, Capabilities = new[] { "CAPABILITY_NAMED_IAM" } });
        var stack = await Settled(root, "s");
        Assert.Equal("CREATE_COMPLETE", (string?)stack["StackStatus"]);
        var outputs = stack["Outputs"]!.AsArray().ToDictionary(output => (string)output!["OutputKey"]!, output => (string)output!["OutputValue"]!);
        Assert.Equal("ann", (string?)(await root.Call("iam", "GetGroup", new { GroupName = "team" }))["Users"]![0]!["UserName"]);
        Assert.Equal("more", (string?)(await root.Call("iam", "ListRolePolicies", new { RoleName = outputs["Role"] }))["PolicyNames"]![0]);
        Assert.Equal("Token", (string?)(await root.Call("cognito-identity", "GetIdentityPoolRoles", new { IdentityPoolId = outputs["Pool"] }))["RoleMappings"]!["token.example"]!["Type"]);
        var guest = (string)(await root.Call("cognito-identity", "GetId", new { IdentityPoolId = outputs["Pool"] }))["IdentityId"]!;
        await root.Call("cognito-identity", "GetCredentialsForIdentity", new { IdentityId = guest });
        await root.Call("cloudformation", "DeleteStack", new { StackName = "s" });
        Assert.Equal("DELETE_COMPLETE", (string?)(await Settled(root, (string)stack["StackId"]!))["StackStatus"]);
        Assert.Empty((await root.Call("iam", "ListGroups"))["Groups"]!.AsArray());
        Assert.Equal("ResourceNotFoundException", (await root.Fails("cognito-identity", "DescribeIdentityPool", new { IdentityPoolId = outputs["Pool"] })).Code);
    }

    [Fact]
    public async Task A_stack_gives_its_maker_no_rights_that_the_maker_lacks()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var limited = await Start.User(server, "limited", Start.Policy("Allow", "cloudformation:*", "*"));
        await limited.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = Template, Capabilities = new[] { "CAPABILITY_NAMED_IAM" } });
        Assert.StartsWith("ROLLBACK", (string?)(await Settled(root, "s"))["StackStatus"], StringComparison.Ordinal);
        Assert.Empty((await root.Call("iam", "ListRoles"))["Roles"]!.AsArray());
    }

    [Fact]
    public async Task Nor_does_it_give_them_to_a_federated_session_whose_user_lacks_them()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var user = await Start.User(server, "limited", """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["cloudformation:*","sts:GetFederationToken"],"Resource":"*"}}""");
        var credentials = (await user.Call("sts", "GetFederationToken", new { Name = "fred", Policy = Start.Policy("Allow", "*", "*") }))["Credentials"]!;
        await Start.With(server, credentials).Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = """{"Resources":{"P":{"Type":"AWS::SSM::Parameter","Properties":{"Name":"p","Type":"String","Value":"v"}}}}""" });
        Assert.StartsWith("ROLLBACK", (string?)(await Settled(root, "s"))["StackStatus"], StringComparison.Ordinal);
        Assert.Empty((await root.Call("ssm", "DescribeParameters"))["Parameters"]!.AsArray());
        // and is the same when the work is found again after a crash
        var fred = new Galley.Wire.Principal(Galley.Wire.PrincipalKind.FederatedUser, "arn:aws:sts::123456789012:federated-user/fred") { Issuer = new("arn:aws:iam::123456789012:user/limited", "AIDA") };
        var type = (System.Text.Json.Serialization.Metadata.JsonTypeInfo<Galley.Wire.Principal>)global::Galley.CloudFormation.CloudFormationJson.Default.Options.GetTypeInfo(typeof(Galley.Wire.Principal));
        Assert.Equal(fred.Issuer, System.Text.Json.JsonSerializer.Deserialize(System.Text.Json.JsonSerializer.Serialize(fred, type), type)!.Issuer);
    }

    private static async Task<System.Text.Json.Nodes.JsonNode> Settled(AwsJs root, string name)
    {
        while (true)
        {
            var stack = (await root.Call("cloudformation", "DescribeStacks", new { StackName = name }))["Stacks"]![0]!;
            if (!((string)stack["StackStatus"]!).EndsWith("IN_PROGRESS", StringComparison.Ordinal)) return stack;
        }
    }
}
