namespace Galley.Tests.Lambda;

/// <summary>boto3 as its users write it. The JavaScript SDK is in all tests here, the CLI in AwsCliTests, Terraform in TerraformTests.</summary>
public class ForeignClientsTests
{
    [Fact]
    public async Task Boto3_uploads_waits_invokes_updates_and_is_refused()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        var said = await S3.Clients.Python(functions.Server, $$"""
            import base64, boto3, io, json, zipfile
            def code(text):
                file = io.BytesIO()
                with zipfile.ZipFile(file, "w") as archive: archive.writestr("f.py", text)
                return file.getvalue()
            functions = boto3.client("lambda")
            functions.create_function(FunctionName="f", Runtime="python3.12", Handler="f.handler", Role="{{role}}", Timeout=60,
                                      Code={"ZipFile": code("def handler(e, c):\n    print('seen', e['n'])\n    return e['n'] + 1\n")})
            functions.get_waiter("function_active_v2").wait(FunctionName="f")
            answer = functions.invoke(FunctionName="f", Payload=json.dumps({"n": 1}), LogType="Tail")
            print(answer["StatusCode"], json.load(answer["Payload"]), b"\nseen 1\n" in base64.b64decode(answer["LogResult"]))
            functions.update_function_code(FunctionName="f", ZipFile=code("def handler(e, c): raise ValueError('new')\n"))
            functions.get_waiter("function_updated_v2").wait(FunctionName="f")
            answer = functions.invoke(FunctionName="f", Payload=b"{}")
            print(answer["FunctionError"], json.load(answer["Payload"])["errorMessage"])
            functions.publish_version(FunctionName="f")
            print([one["Version"] for page in functions.get_paginator("list_versions_by_function").paginate(FunctionName="f") for one in page["Versions"]])
            functions.delete_function(FunctionName="f")
            try: functions.invoke(FunctionName="f")
            except functions.exceptions.ResourceNotFoundException as e: print(e.response["Error"]["Message"])
            """);
        Assert.Equal($"200 2 True\nUnhandled new\n['$LATEST', '1']\nFunction not found: arn:aws:lambda:eu-west-2:{TestFunctions.Account}:function:f:$LATEST", said);
    }
}
