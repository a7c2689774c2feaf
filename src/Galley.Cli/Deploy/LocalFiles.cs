using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Galley.Cli.Deploy;

/// <summary>What is to become of a local path: code is always a zip, a file goes as it is, a template is packaged itself.</summary>
internal enum LocalKind
{
    Code,
    File,
    Template,
}

/// <summary>How the place in S3 is written in the path's stead.</summary>
/// <param name="Bucket">Its bucket.</param>
/// <param name="Key">Its key.</param>
/// <param name="Region">The bucket's region.</param>
internal sealed record Place(string Bucket, string Key, string Region)
{
    public string Uri => $"\"s3://{Bucket}/{Key}\"";

    /// <summary>Templates of nested stacks are named by URL, path-style.</summary>
    public string Url => $"\"https://s3.{Region}.amazonaws.com/{Bucket}/{Key}\"";

    /// <summary>JSON, which YAML reads as well.</summary>
    public string As(string bucket, string key) => $$"""{"{{bucket}}": "{{Bucket}}", "{{key}}": "{{Key}}"}""";
}

/// <param name="Start">Index of the first character that is replaced.</param>
/// <param name="End">Index behind the last one; the same as <paramref name="Start"/> where a property is put in.</param>
/// <param name="Path">As the template has it.</param>
/// <param name="Kind">What is sent.</param>
/// <param name="Write">The text for the place.</param>
internal sealed record LocalFile(int Start, int End, string Path, LocalKind Kind, Func<Place, string> Write);

/// <summary>The values of a template that name local files, by the list that `aws cloudformation package` has, HTTP APIs' definitions beside it.</summary>
internal static class LocalFiles
{
    private static readonly Dictionary<string, (string Property, LocalKind Kind, Func<Place, string> Write)[]> Known = new()
    {
        ["AWS::Serverless::Function"] = [("CodeUri", LocalKind.Code, AsUri)],
        ["AWS::Serverless::LayerVersion"] = [("ContentUri", LocalKind.Code, AsUri)],
        ["AWS::Serverless::HttpApi"] = [("DefinitionUri", LocalKind.File, AsUri)],
        ["AWS::Serverless::Api"] = [("DefinitionUri", LocalKind.File, AsUri)],
        ["AWS::Serverless::StateMachine"] = [("DefinitionUri", LocalKind.File, AsLocation)],
        ["AWS::Serverless::Application"] = [("Location", LocalKind.Template, AsUrl)],
        ["AWS::Lambda::Function"] = [("Code", LocalKind.Code, AsCode)],
        ["AWS::Lambda::LayerVersion"] = [("Content", LocalKind.Code, AsCode)],
        ["AWS::ApiGatewayV2::Api"] = [("BodyS3Location", LocalKind.File, AsLocation)],
        ["AWS::ApiGateway::RestApi"] = [("BodyS3Location", LocalKind.File, AsLocation)],
        ["AWS::CloudFormation::Stack"] = [("TemplateURL", LocalKind.Template, AsUrl)],
        ["AWS::StepFunctions::StateMachine"] = [("DefinitionS3Location", LocalKind.File, AsLocation)],
        ["AWS::AppSync::GraphQLSchema"] = [("DefinitionS3Location", LocalKind.File, AsUri)],
        ["AWS::AppSync::Resolver"] = [("RequestMappingTemplateS3Location", LocalKind.File, AsUri), ("ResponseMappingTemplateS3Location", LocalKind.File, AsUri)],
        ["AWS::AppSync::FunctionConfiguration"] = [("RequestMappingTemplateS3Location", LocalKind.File, AsUri), ("ResponseMappingTemplateS3Location", LocalKind.File, AsUri)],
        ["AWS::ElasticBeanstalk::ApplicationVersion"] = [("SourceBundle", LocalKind.File, AsCode)],
        ["AWS::Glue::Job"] = [("Command.ScriptLocation", LocalKind.File, AsUri)],
        ["AWS::CodeCommit::Repository"] = [("Code.S3", LocalKind.Code, AsLocation)],
    };

    /// <summary>The last first, so that replacing one moves no other. A template that cannot be read has none: CloudFormation says what is wrong with it.</summary>
    public static List<LocalFile> Of(string template)
    {
        var found = new List<LocalFile>();
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(template));
            if (yaml.Documents is not [{ RootNode: var root }, ..]) return found;
            var shared = Member(Member(root, "Globals"), "Function");
            if (shared is not null) Properties("AWS::Serverless::Function", shared);
            Resources(Member(root, "Resources"), shared);
            Includes(root);
            found.Sort((a, b) => b.Start.CompareTo(a.Start));
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException)
        {
            found.Clear();
        }

        return found;

        void Resources(YamlNode? resources, YamlNode? shared)
        {
            foreach (var (key, resource) in resources is YamlMappingNode map ? map.Children : Enumerable.Empty<KeyValuePair<YamlNode, YamlNode>>())
                if (key is YamlScalarNode { Value: { } name } && name.StartsWith("Fn::ForEach::", StringComparison.Ordinal)) Resources((resource as YamlSequenceNode)?.Children.ElementAtOrDefault(2), shared);
                else if (Member(resource, "Type") is YamlScalarNode { Value: { } type } && Member(resource, "Properties") is { } properties)
                {
                    Properties(type, properties);
                    if (type == "AWS::Serverless::Function") Unsaid(properties, shared);
                }
        }

        void Properties(string type, YamlNode properties)
        {
            foreach (var (path, kind, write) in Known.GetValueOrDefault(type, []))
                if (path.Split('.').Aggregate((YamlNode?)properties, Member) is YamlScalarNode node && IsLocal(node))
                    found.Add(new LocalFile((int)node.Start.Index, (int)node.End.Index, node.Value!, kind, write));
        }

        // A function that says nothing of its code means the template's own folder.
        void Unsaid(YamlNode properties, YamlNode? shared)
        {
            if (properties is not YamlMappingNode { Children.Count: > 0 } map || Says("CodeUri") || Says("InlineCode") || Says("ImageUri") || Says("PackageType")) return;
            var at = map.Children.First().Key.Start;
            var after = map.Style == MappingStyle.Flow ? ", " : "\n" + new string(' ', (int)at.Column - 1);
            found.Add(new LocalFile((int)at.Index, (int)at.Index, ".", LocalKind.Code, place => $"\"CodeUri\": {place.Uri}{after}"));

            bool Says(string name) => Member(map, name) is not null || Member(shared, name) is not null;
        }

        void Includes(YamlNode node)
        {
            switch (node)
            {
                case YamlSequenceNode list:
                    foreach (var item in list) Include(item, item.Tag is { IsEmpty: false } tag && tag.Value == "!Transform");
                    break;
                case YamlMappingNode map:
                    foreach (var (key, value) in map.Children) Include(value, value.Tag is { IsEmpty: false } tag && tag.Value == "!Transform" || key is YamlScalarNode { Value: "Fn::Transform" or "Transform" });
                    break;
            }
        }

        void Include(YamlNode node, bool transforms)
        {
            if (transforms)
                foreach (var one in node is YamlSequenceNode several ? several.Children : [node])
                    if (Member(one, "Name") is YamlScalarNode { Value: "AWS::Include" } && Member(Member(one, "Parameters"), "Location") is YamlScalarNode location && IsLocal(location))
                        found.Add(new LocalFile((int)location.Start.Index, (int)location.End.Index, location.Value!, LocalKind.File, AsUri));
            Includes(node);
        }
    }

    public static YamlNode? Member(YamlNode? node, string name) => node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(name), out var value) ? value : null;

    private static bool IsLocal(YamlScalarNode node)
        => node is { Value.Length: > 0, Tag.IsEmpty: true } && !((string[])["s3://", "https://", "http://"]).Any(scheme => node.Value.StartsWith(scheme, StringComparison.Ordinal));

    private static string AsUri(Place place) => place.Uri;

    private static string AsUrl(Place place) => place.Url;

    private static string AsCode(Place place) => place.As("S3Bucket", "S3Key");

    private static string AsLocation(Place place) => place.As("Bucket", "Key");
}
