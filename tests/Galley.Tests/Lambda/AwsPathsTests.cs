using System.Text;

namespace Galley.Tests.Lambda;

/// <summary>What unchanged code finds at AWS's own places: interpreters in /var/lang/bin, the AWS SDK beside Node.</summary>
public class AwsPathsTests
{
    private const string Sdk = "@aws-sdk/client-s3";

    [Fact]
    public async Task A_layers_script_names_its_interpreter_by_AWSs_path()
    {
        await using var functions = await Start();
        var role = await functions.Role("r");
        var zip = TestFunctions.Zip(archive =>
        {
            TestFunctions.Add(archive, "script", Encoding.UTF8.GetBytes("#!/var/lang/bin/python\nimport sys\nprint(sys.version_info.major)\n"), 0x81ED);
            TestFunctions.Add(archive, "lambda_function.py", Encoding.UTF8.GetBytes("import subprocess\ndef lambda_handler(event, context): return [subprocess.check_output([p, *a]).decode().strip() for p, a in [('/var/task/script', []), ('/var/lang/bin/python3', ['-c', 'print(3)']), ('/var/lang/bin/python3.12', ['-c', 'print(3)'])]]"));
        });
        await functions.Create("f", "python3.12", "lambda_function.lambda_handler", zip, role);
        Assert.Equal("""["3", "3", "3"]""", (await functions.Invoke("f")).Payload);
    }

    [Theory]
    [InlineData("index.mjs", "import { S3Client } from '" + Sdk + "';\nexport const handler = async () => typeof S3Client;")]
    [InlineData("index.js", "const { S3Client } = require('" + Sdk + "');\nexports.handler = async () => typeof S3Client;")]
    public async Task Node_functions_find_the_SDK_that_AWSs_runtime_carries(string file, string code)
    {
        await using var functions = await Start();
        await functions.Create("f", "nodejs20.x", "index.handler", TestFunctions.Zip((file, code)), await functions.Role("r"));
        var answer = await functions.Invoke("f");
        Assert.Equal((null, "\"function\""), (answer.Error, answer.Payload));
    }

    private static async Task<TestFunctions> Start()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/bwrap"), "bubblewrap is not installed");
        return new TestFunctions(await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = TestFunctions.Account, Sandbox = SandboxMode.On, NodePath = Path.Combine(Repository.Root, "tests", "clients", "node_modules") }));
    }
}
