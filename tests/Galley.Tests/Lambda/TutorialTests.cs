using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>The tutorial's first function, unchanged: boto3 without region or credentials, the role's rights, the logs.</summary>
public class TutorialTests
{
    [Fact]
    public async Task GetRecipes_reads_the_table_with_the_rights_of_its_role_and_no_others()
    {
        await using var functions = await TestFunctions.Start();
        var code = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "samples/cook-recipes/functions-python/GetRecipes/lambda_function.py"));
        await functions.Python("GetRecipes", code, await functions.Role("myDynamoDbRole", "dynamodb:Scan", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"), f => f["Timeout"] = 60);
        var missing = await functions.Invoke("GetRecipes", tail: true);
        Assert.Contains("An error occured while retrieving Recipes table.", missing.Log, StringComparison.Ordinal);
        Assert.Equal("ResourceNotFoundException", (string)missing.Json["errorType"]!);

        await functions.Js.Call("dynamodb", "CreateTable", new
        {
            TableName = "recipes",
            AttributeDefinitions = new[] { new { AttributeName = "name", AttributeType = "S" }, new { AttributeName = "category", AttributeType = "S" } },
            KeySchema = new[] { new { AttributeName = "name", KeyType = "HASH" }, new { AttributeName = "category", KeyType = "RANGE" } },
            BillingMode = "PAY_PER_REQUEST",
        });
        await functions.Js.Call("dynamodb", "PutItem", JsonNode.Parse("""{"TableName":"recipes","Item":{"name":{"S":"Pizza"},"category":{"S":"Fast Food"},"calories":{"N":"895"}}}""")!);
        var found = await functions.Invoke("GetRecipes", """{"key1":"value1"}""");
        Assert.Null(found.Error);
        Assert.Contains("\"calories\": 895", found.Payload, StringComparison.Ordinal);

        await functions.Python("Poor", code, await functions.Role("poor"), f => f["Timeout"] = 60);
        var denied = await functions.Invoke("Poor");
        Assert.Equal("ClientError", (string)denied.Json["errorType"]!);
        Assert.Contains("AccessDeniedException", (string)denied.Json["errorMessage"]!, StringComparison.Ordinal);
        Assert.Contains("is not authorized to perform: dynamodb:Scan", (string)denied.Json["errorMessage"]!, StringComparison.Ordinal);

        // The log reaches CloudWatch behind the answer, with the role's rights; without them there is none.
        JsonArray events = [];
        for (var i = 0; i < 200 && events.Count == 0; i++)
        {
            await Task.Delay(25);
            try
            {
                events = (JsonArray)(await functions.Js.Call("cloudwatch-logs", "FilterLogEvents", new { logGroupName = "/aws/lambda/GetRecipes", filterPattern = "\"An error occured\"" }))["events"]!;
            }
            catch (AwsJsError e) when (e.Code == "ResourceNotFoundException")
            {
                // not yet
            }
        }

        Assert.Equal("An error occured while retrieving Recipes table.\n", (string)events[0]!["message"]!);
        Assert.Equal("ResourceNotFoundException", (await functions.Js.Fails("cloudwatch-logs", "DescribeLogStreams", new { logGroupName = "/aws/lambda/Poor" })).Code);
    }

    [Fact]
    public async Task AWS_names_lead_to_Galley_over_verified_TLS_from_python_and_node()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        await functions.Python("py", """
            import requests
            def lambda_handler(event, context):
                r = requests.post("https://cook-recipes-app.auth.eu-west-2.amazoncognito.com/oauth2/token", data={"grant_type": "authorization_code"}, auth=("a", "b"), allow_redirects=False)
                return [r.status_code, r.url]
            """, role, f => f["Timeout"] = 60);
        var python = await functions.Invoke("py");
        Assert.True(python.Error is null, python.Payload);
        await functions.Create("js", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.mjs", """
            export const handler = async () => { const r = await fetch("https://cook-recipes-app.auth.eu-west-2.amazoncognito.com/oauth2/token", { method: "POST" }); return r.status; };
            """)), role, f => f["Timeout"] = 60);
        var node = await functions.Invoke("js");
        Assert.True(node.Error is null, node.Payload);
        await functions.Create("sh", "provided.al2023", "x", TestFunctions.Zip(zip => TestFunctions.Add(zip, "bootstrap", """
            #!/bin/sh
            while true; do
              H=$(mktemp)
              curl -sS -D "$H" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next" > /dev/null || exit 1
              I=$(grep -i Lambda-Runtime-Aws-Request-Id "$H" | tr -d '[:space:]' | cut -d: -f2)
              R=$(curl -sS -o /dev/null -w '%{http_code} %{ssl_verify_result}' -d x=y https://cook-recipes-app.auth.eu-west-2.amazoncognito.com/oauth2/token 2>&1)
              curl -sS -X POST "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$I/response" -d "\"$R\"" > /dev/null
            done
            """u8.ToArray(), 0x81ED)), role, f => f["Timeout"] = 60);
        Assert.Matches("^\"[234][0-9][0-9] 0\"$", (await functions.Invoke("sh")).Payload);
    }
}
