using System.Net;
using System.Text;

namespace Galley.Tests.Server;

/// <summary>`galley up DIR --watch`: the running app follows its files.</summary>
public class WatchTests
{
    private const string Template = """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Site:
            Type: AWS::S3::Bucket
          Hello:
            Type: AWS::Serverless::Function
            Properties: { FunctionName: hello, Runtime: nodejs20.x, Handler: index.handler, CodeUri: hello, Timeout: 60 }
          Plain:
            Type: AWS::Lambda::Function
            Properties:
              FunctionName: plain
              Runtime: nodejs20.x
              Handler: index.handler
              Role: !GetAtt HelloRole.Arn
              Code: ./hello # the same folder, as plain CloudFormation takes it
        Outputs:
          SiteBucket: { Value: !Ref Site }
        """;

    [Fact]
    public async Task A_build_is_left_out_while_nothing_it_is_made_from_changes()
    {
        using var place = new Workplace();
        place.Write("app/galley.yaml", "stack: app\nbuild:\n  - in: src\n    run: mkdir -p ../out && cat word ../shared/word > ../out/word && echo x >> ../times\n    makes: ../out\n    from: [../shared]\nshow:\n  Name: Name\n");
        place.Write("app/template.yaml", "Resources: {A: {Type: 'AWS::Logs::LogGroup'}}\nOutputs: {Name: {Value: !Ref A}}\n");
        place.Write("app/src/word", "one");
        place.Write("app/shared/word", "one");
        await using var program = await place.Start();
        async Task<int> Builds()
        {
            var ended = await place.Galley("deploy", Path.Combine(place.Folder, "app"), "--port", program.PortText);
            Assert.True(ended.Code == 0, ended.Error);
            return (await File.ReadAllLinesAsync(Path.Combine(place.Folder, "app", "times"))).Length;
        }

        Assert.Equal((1, 1), (await Builds(), await Builds()));
        place.Write("app/src/word", "two");
        Assert.Equal((2, 2), (await Builds(), await Builds()));
        place.Write("app/shared/word", "two");
        Assert.Equal((3, 3), (await Builds(), await Builds()));
        Directory.Delete(Path.Combine(place.Folder, "app", "out"), recursive: true);
        Assert.Equal((4, 4), (await Builds(), await Builds()));
        File.AppendAllText(Path.Combine(place.Folder, "app", "out", "word"), "changed by hand");
        Assert.Equal(5, await Builds());
    }

    [Fact]
    public async Task Watching_builds_the_quick_way_and_a_deployment_the_other_and_neither_leaves_files_to_the_other()
    {
        using var place = new Workplace();
        string App(string path) => Path.Combine(place.Folder, "app", path);
        place.Write("app/galley.yaml", "stack: app\nbuild:\n  - in: src\n    run: mkdir -p ../out && cat index.mjs > ../out/index.mjs && touch ../out/slowly\n    watch: mkdir -p ../out && cat index.mjs > ../out/index.mjs && touch ../out/quickly\n    makes: ../out\nshow:\n  Name: Name\n");
        place.Write("app/template.yaml", """
            Transform: AWS::Serverless-2016-10-31
            Resources:
              Hello: { Type: AWS::Serverless::Function, Properties: { FunctionName: hello, Runtime: nodejs20.x, Handler: index.handler, CodeUri: out, Timeout: 60 } }
            Outputs: { Name: { Value: !Ref Hello } }
            """);
        place.Write("app/src/index.mjs", "export const handler = async () => 'one';");
        await using var program = await place.Serve("up", App("."), "--watch", "--port", "0");
        await program.Says("Watching");
        using var aws = await program.Client();
        Assert.Equal("\"one\"", await Invoke(aws));
        Assert.Equal((true, false), (File.Exists(App("out/quickly")), File.Exists(App("out/slowly"))));
        place.Write("app/src/index.mjs", "export const handler = async () => 'two';");
        await program.Says("The app follows");
        Assert.Equal("\"two\"", await Invoke(aws));

        var ended = await place.Galley("deploy", App("."), "--port", program.PortText);
        Assert.True(ended.Code == 0, ended.Error);
        Assert.Equal((false, true), (File.Exists(App("out/quickly")), File.Exists(App("out/slowly"))));
    }

    [Fact]
    public async Task What_another_tool_builds_is_followed()
    {
        using var place = new Workplace();
        place.Write("app/galley.yaml", "stack: app\nsite:\n  folder: web/dist\n  bucket: Site\nshow:\n  Name: Name\n");
        place.Write("app/template.yaml", """
            Transform: AWS::Serverless-2016-10-31
            Resources:
              Pages: { Type: AWS::S3::Bucket }
              Hello: { Type: AWS::Serverless::Function, Properties: { FunctionName: hello, Runtime: nodejs20.x, Handler: index.handler, CodeUri: hello/publish/, Timeout: 60 } }
            Outputs: { Name: { Value: !Ref Hello }, Site: { Value: !Ref Pages } }
            """);
        place.Write("app/hello/publish/index.mjs", "export const handler = async () => 'one';");
        place.Write("app/web/dist/index.html", "one");
        await using var program = await place.Serve("up", Path.Combine(place.Folder, "app"), "--watch", "--port", "0");
        await program.Says("Watching");
        using var aws = await program.Client();
        Assert.Equal("\"one\"", await Invoke(aws));
        place.Write("app/hello/publish/index.mjs", "export const handler = async () => 'two';");
        await program.Says("The app follows");
        Assert.Equal("\"two\"", await Invoke(aws));
        place.Write("app/web/dist/index.html", "two");
        await program.Says("The app follows", 2);
        Assert.Equal(2, program.Output.Split("site: 1 of 1 files sent").Length - 1);
    }

    private static async Task<string> Invoke(SignedHttp aws, string function = "hello")
    {
        var (status, body) = await aws.Send("lambda", HttpMethod.Post, $"/2015-03-31/functions/{function}/invocations", Encoding.UTF8.GetBytes("{}"));
        Assert.Equal(HttpStatusCode.OK, status);
        return body;
    }

    [Fact]
    public async Task A_changed_page_function_or_template_is_deployed_and_a_broken_one_is_told_and_mended()
    {
        using var place = new Workplace();
        place.Write("app/galley.yaml", $"stack: app\nbuild:\n  - in: hello\n    run: echo built >> {place.Folder}/built.txt\n    from: [../shared]\nsite:\n  folder: site\n  bucket: SiteBucket\nshow:\n  Pages: SiteBucket\n");
        place.Write("app/template.yaml", Template);
        place.Write("app/hello/index.mjs", "export const handler = async () => 'one';");
        place.Write("app/site/index.html", "one");
        await using var program = await place.Serve("up", Path.Combine(place.Folder, "app"), "--watch", "--port", "0");
        await program.Says("Watching");
        using var aws = await program.Client();
        Assert.Equal(("\"one\"", "one"), (await Invoke(aws), await Page()));
        Assert.Equal(1, Builds());

        place.Write("app/hello/index.mjs", "export const handler = async () => 'two';");
        await program.Says("  Pages ", 2);
        Assert.Equal(("\"two\"", "one"), (await Invoke(aws), await Page()));

        Assert.Equal(2, Builds());

        // What has not changed is not built again.
        place.Write("app/site/index.html", "two");
        await program.Says("  Pages ", 3);
        Assert.Equal(("\"two\"", "two"), (await Invoke(aws), await Page()));
        Assert.Equal(2, Builds());
        await program.Says("The app follows", 2);

        place.Write("app/template.yaml", "Resources: [");
        await program.Says("YAML not well-formed");
        Assert.Equal(("\"two\"", "two"), (await Invoke(aws), await Page()));

        place.Write("app/template.yaml", Template + "\n  More: { Value: more }\n");
        await program.Says("  Pages ", 4);
        Assert.Contains("<OutputKey>More</OutputKey>", (await aws.Query("cloudformation", "Action=DescribeStacks&Version=2010-05-15&StackName=app")).Body, StringComparison.Ordinal);

        // So is what a step says it is made from besides its own folder.
        Assert.Equal(2, Builds());
        place.Write("app/shared/word", "three");
        await program.Says("  Pages ", 5);
        Assert.Equal(3, Builds());

        Assert.Equal("\"two\"", await Invoke(aws, "plain"));

        int Builds() => File.ReadAllLines(Path.Combine(place.Folder, "built.txt")).Length;

        async Task<string> Page()
        {
            var bucket = program.Output.Split('\n').Last(line => line.TrimStart().StartsWith("Pages ", StringComparison.Ordinal)).Trim()["Pages ".Length..].Trim();
            return (await aws.Send("s3", HttpMethod.Get, $"/{bucket}/index.html", null)).Body;
        }
    }
}
