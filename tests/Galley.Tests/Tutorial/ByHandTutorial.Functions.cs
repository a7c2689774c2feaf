using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Galley.Tests.Lambda;

namespace Galley.Tests.Tutorial;

/// <summary>Parts A, B, C, E and F: table, functions and the routes that lead to them.</summary>
public sealed partial class TutorialByHand
{
    private string _tokens = "", _exchange = "";

    internal string ApiId { get; private set; } = "";

    internal string ApiUrl => $"https://{ApiId}.execute-api.{Region}.amazonaws.com";

    private async Task MakeTable()
    {
        await Do("CreateTable", "dynamodb", "CreateTable", JsonNode.Parse("""
            {"TableName":"recipes","AttributeDefinitions":[{"AttributeName":"name","AttributeType":"S"},{"AttributeName":"category","AttributeType":"S"}],
             "KeySchema":[{"AttributeName":"name","KeyType":"HASH"},{"AttributeName":"category","KeyType":"RANGE"}],
             "GlobalSecondaryIndexes":[{"IndexName":"category-index","KeySchema":[{"AttributeName":"category","KeyType":"HASH"}],
               "Projection":{"ProjectionType":"ALL"},"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}],
             "ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}
            """)!);
        await Do("DescribeTable", "dynamodb", "DescribeTable", new { TableName = "recipes" });
        await Do("PutPizza", "dynamodb", "PutItem", JsonNode.Parse("""
            {"TableName":"recipes","Item":{"name":{"S":"Pizza"},"category":{"S":"Fast Food"},"calories":{"N":"895"},
             "aliments":{"S":"Chorizo, vegetables, tomatoes and cheese, a lot of cheese!"},"duration":{"N":"15"}}}
            """)!);
        await Do("PutSalad", "dynamodb", "PutItem", JsonNode.Parse("""
            {"TableName":"recipes","Item":{"name":{"S":"Salad"},"category":{"S":"Bio"},"calories":{"N":"410"},
             "aliments":{"S":"Salad, cucumber, tomatoes and tuna."},"duration":{"N":"15"}}}
            """)!);
        await Do("Scan", "dynamodb", "Scan", new { TableName = "recipes" });
    }

    private async Task MakeGetRecipes()
    {
        await MakeRole("myDynamoDbRole");
        await _js!.Call("iam", "PutRolePolicy", new
        {
            RoleName = "myDynamoDbRole",
            PolicyName = "AWSLambdaMicroserviceExecutionRole",
            PolicyDocument = $$"""
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:DeleteItem","dynamodb:GetItem","dynamodb:PutItem","dynamodb:Scan","dynamodb:UpdateItem"],
                 "Resource":"arn:aws:dynamodb:{{Region}}:{{Account}}:table/*"}]}
                """,
        });
        await Do("GetRole", "iam", "GetRole", new { RoleName = "myDynamoDbRole" });
        await MakeRole("basic");
        var code = await Source("GetRecipes");
        await MakeFunction("GetRecipes", "myDynamoDbRole", TestFunctions.Zip(("lambda_function.py", "def lambda_handler(event, context):\n    return 'Hello from Lambda!'\n")));
        await Do("GetRecipes is made", "lambda", "GetFunction", new { FunctionName = "GetRecipes" });
        await Do("UpdateFunctionCode", "lambda", "UpdateFunctionCode", new JsonObject { ["FunctionName"] = "GetRecipes", ["ZipFile"] = AwsJs.Bytes(TestFunctions.Zip(("lambda_function.py", code))) });
        await Do("GetRecipes is updated", "lambda", "GetFunctionConfiguration", new { FunctionName = "GetRecipes" });
        await MakeFunction("NoTable", "myDynamoDbRole", TestFunctions.Zip(("lambda_function.py", code.Replace("\"recipes\"", "\"none\"", StringComparison.Ordinal))));
        await MakeFunction("NoRight", "basic", TestFunctions.Zip(("lambda_function.py", code)));
        if (!HasBoto3) return;
        await Task.WhenAll(
            Invoke("GetRecipes", "GetRecipes", """{"key1":"value1","key2":"value2","key3":"value3"}"""),
            Invoke("NoTable", "NoTable", "{}"),
            Invoke("NoRight", "NoRight", "{}"));
    }

    private async Task MakeApi()
    {
        await Do("CreateApi", "apigatewayv2", "CreateApi", new { Name = "cook-recipes-api", ProtocolType = "HTTP" });
        ApiId = (string)Answer("CreateApi")["ApiId"]!;
        await MakeIntegration("CreateIntegration", "GetRecipes");
        await Do("CreateRoute", "apigatewayv2", "CreateRoute", new { ApiId, RouteKey = "GET /recipes", Target = "integrations/" + (string)Answer("CreateIntegration")["IntegrationId"]! });
        await Do("CreateStage", "apigatewayv2", "CreateStage", new { ApiId, StageName = "$default", AutoDeploy = true });
        await Do("GetApi", "apigatewayv2", "GetApi", new { ApiId });
        await Open("recipes without permission", ApiUrl + "/recipes");
        await Permit("GetRecipes", "recipes");
        await Open("/", ApiUrl + "/");
        await Open("/foo", ApiUrl + "/foo");
        if (HasBoto3) await Open("recipes", ApiUrl + "/recipes");
    }

    private async Task MakeTokenExchange()
    {
        if (!HasRequests) return;
        var code = (await Source("CognitoTokenExchange"))
            .Replace("\"CLIENT_ID\", \"\"", $"\"CLIENT_ID\", \"{ClientId}\"", StringComparison.Ordinal)
            .Replace("\"CLIENT_SECRET\", \"\"", $"\"CLIENT_SECRET\", \"{ClientSecret}\"", StringComparison.Ordinal)
            .Replace("    data = {", "    print('version', event.get('version'), 'code', event['pathParameters']['code'], 'requests', requests.__file__, os.environ['LAMBDA_TASK_ROOT'])\n    data = {", StringComparison.Ordinal);
        _exchange = code;
        var zip = await ZipWithRequests(code);
        await MakeFunction("CognitoTokenExchange", "basic", TestFunctions.Zip(("lambda_function.py", "def lambda_handler(event, context):\n    return 'Hello from Lambda!'\n")));
        await Do("UploadZip", "lambda", "UpdateFunctionCode", new JsonObject { ["FunctionName"] = "CognitoTokenExchange", ["ZipFile"] = AwsJs.Bytes(zip) });
        await MakeFunction("WrongSecret", "basic", zip, new { Variables = new { CLIENT_SECRET = "wrong" } });
        await MakeFunction("OtherRedirect", "basic", zip, new { Variables = new { REDIRECT_URI = Google + "/" } });
        string first = await NewCode(), second = await NewCode();
        await Task.WhenAll(
            Invoke("Exchange", "CognitoTokenExchange", Event(first)),
            Invoke("WrongSecret", "WrongSecret", Event(second)),
            Invoke("OtherRedirect", "OtherRedirect", Event(second)));
        await Invoke("Exchange again", "CognitoTokenExchange", Event(first));
        var old = await NewCode();
        _clock.Advance(TimeSpan.FromSeconds(301));
        await Invoke("Exchange late", "CognitoTokenExchange", Event(old));

        static string Event(string code) => $$$"""{"pathParameters": {"code": "{{{code}}}"}}""";
    }

    private async Task AddTokenRoute()
    {
        await Do("CreateTokenRoute", "apigatewayv2", "CreateRoute", new { ApiId, RouteKey = "GET /token/{code}" });
        await Open("token without target", ApiUrl + "/token/abc");
        if (!HasRequests) return;
        await MakeIntegration("CreateTokenIntegration", "CognitoTokenExchange");
        await Do("AttachIntegration", "apigatewayv2", "UpdateRoute", new
        {
            ApiId,
            RouteId = (string)Answer("CreateTokenRoute")["RouteId"]!,
            Target = "integrations/" + (string)Answer("CreateTokenIntegration")["IntegrationId"]!,
        });
        await Permit("CognitoTokenExchange", "token/*");
        TokenCode = await NewCode();
        _tokens = (await Open("token", $"{ApiUrl}/token/{TokenCode}")).Body;
        await Open("token abc", ApiUrl + "/token/abc");
        // the log comes behind the answer
        var asked = Stopwatch.StartNew();
        while (TokenLog.Length == 0 && asked.Elapsed < TimeSpan.FromSeconds(20))
            try
            {
                var found = await _js!.Call("cloudwatch-logs", "FilterLogEvents", new { logGroupName = "/aws/lambda/CognitoTokenExchange", filterPattern = $"\"{TokenCode}\"" });
                TokenLog = string.Concat(found["events"]!.AsArray().Select(line => (string)line!["message"]!));
            }
            catch (AwsJsError e) when (e.Code == "ResourceNotFoundException")
            {
                // not yet
            }
    }

    internal string TokenCode { get; private set; } = "";

    internal string TokenLog { get; private set; } = "";

    private string AccessToken => (string)JsonNode.Parse(_tokens)!["access_token"]!;

    private async Task MakeRole(string name)
    {
        await _js!.Call("iam", "CreateRole", new
        {
            RoleName = name,
            Path = "/service-role/",
            AssumeRolePolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""",
        });
        await _js.Call("iam", "AttachRolePolicy", new { RoleName = name, PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" });
    }

    private Task MakeFunction(string name, string role, byte[] zip, object? environment = null) => Do("Create " + name, "lambda", "CreateFunction", new JsonObject
    {
        ["FunctionName"] = name,
        ["Runtime"] = "python3.8",
        ["Handler"] = "lambda_function.lambda_handler",
        ["Role"] = $"arn:aws:iam::{Account}:role/service-role/{role}",
        ["Code"] = new JsonObject { ["ZipFile"] = AwsJs.Bytes(zip) },
        ["Environment"] = environment is null ? null : System.Text.Json.JsonSerializer.SerializeToNode(environment),
        ["Timeout"] = 60, // a machine that runs many tests starts python slowly
    });

    private async Task Invoke(string kept, string function, string payload)
    {
        var result = await _js!.Call("lambda", "Invoke", new JsonObject { ["FunctionName"] = function, ["Payload"] = AwsJs.Bytes(Encoding.UTF8.GetBytes(payload)), ["LogType"] = "Tail" });
        lock (_answers)
            _answers[kept] = new JsonObject
            {
                ["status"] = (int)result["StatusCode"]!,
                ["error"] = (string?)result["FunctionError"],
                ["payload"] = Encoding.UTF8.GetString(Convert.FromBase64String((string)result["Payload"]!["$bytes"]!)),
                ["log"] = Encoding.UTF8.GetString(Convert.FromBase64String((string)result["LogResult"]!)),
            };
    }

    private Task MakeIntegration(string kept, string function) => Do(kept, "apigatewayv2", "CreateIntegration", new
    {
        ApiId,
        IntegrationType = "AWS_PROXY",
        IntegrationUri = $"arn:aws:lambda:{Region}:{Account}:function:{function}",
        PayloadFormatVersion = "2.0",
    });

    private Task Permit(string function, string path) => _js!.Call("lambda", "AddPermission", new
    {
        FunctionName = function,
        StatementId = "api",
        Action = "lambda:InvokeFunction",
        Principal = "apigateway.amazonaws.com",
        SourceArn = $"arn:aws:execute-api:{Region}:{Account}:{ApiId}/*/*/{path}",
    });

    private static Task<string> Source(string function) => File.ReadAllTextAsync(Path.Combine(Repository.Root, "samples", "cook-recipes", "functions-python", function, "lambda_function.py"));

    /// <summary>As `pip install --target . requests` leaves it, from what this machine has.</summary>
    internal static async Task<byte[]> ZipWithRequests(string code)
    {
        var (_, output) = await Python("import os,requests,urllib3,idna,certifi,charset_normalizer as c\nfor m in (requests,urllib3,idna,certifi,c): print(os.path.dirname(m.__file__))");
        return TestFunctions.Zip(zip =>
        {
            TestFunctions.Add(zip, "lambda_function.py", Encoding.UTF8.GetBytes(code));
            foreach (var folder in output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
                    if (!file.EndsWith(".pyc", StringComparison.Ordinal))
                        TestFunctions.Add(zip, Path.GetRelativePath(Path.GetDirectoryName(folder)!, file).Replace('\\', '/'), File.ReadAllBytes(file));
        });
    }
}
