using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.CloudFormation;

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    Converters = [typeof(TextBooleanConverter), typeof(IsoMillisecondsConverter), typeof(FormListConverter<StackParameter>), typeof(FormListConverter<Tag>), typeof(FormListConverter<string>)])]
[JsonSerializable(typeof(Empty))]
[JsonSerializable(typeof(CreateStackRequest))]
[JsonSerializable(typeof(UpdateStackRequest))]
[JsonSerializable(typeof(StackIdResponse))]
[JsonSerializable(typeof(DeleteStackRequest))]
[JsonSerializable(typeof(StackNameRequest))]
[JsonSerializable(typeof(DescribeStacksResponse))]
[JsonSerializable(typeof(ListStacksRequest))]
[JsonSerializable(typeof(ListStacksResponse))]
[JsonSerializable(typeof(DescribeStackEventsResponse))]
[JsonSerializable(typeof(CancelUpdateStackRequest))]
[JsonSerializable(typeof(ContinueUpdateRollbackRequest))]
[JsonSerializable(typeof(RollbackContinued))]
[JsonSerializable(typeof(RollbackStackRequest))]
[JsonSerializable(typeof(SetStackPolicyRequest))]
[JsonSerializable(typeof(GetStackPolicyRequest))]
[JsonSerializable(typeof(GetStackPolicyResponse))]
[JsonSerializable(typeof(DescribeEventsRequest))]
[JsonSerializable(typeof(DescribeEventsResponse))]
[JsonSerializable(typeof(StackResourceRequest))]
[JsonSerializable(typeof(DescribeStackResourceResponse))]
[JsonSerializable(typeof(DescribeStackResourcesResponse))]
[JsonSerializable(typeof(ListStackResourcesResponse))]
[JsonSerializable(typeof(UpdateTerminationProtectionRequest))]
[JsonSerializable(typeof(ListExportsRequest))]
[JsonSerializable(typeof(ListExportsResponse))]
[JsonSerializable(typeof(ListImportsRequest))]
[JsonSerializable(typeof(ListImportsResponse))]
[JsonSerializable(typeof(GetTemplateRequest))]
[JsonSerializable(typeof(GetTemplateResponse))]
[JsonSerializable(typeof(TemplateRequest))]
[JsonSerializable(typeof(ValidateTemplateResponse))]
[JsonSerializable(typeof(GetTemplateSummaryResponse))]
[JsonSerializable(typeof(CreateChangeSetRequest))]
[JsonSerializable(typeof(CreateChangeSetResponse))]
[JsonSerializable(typeof(ChangeSetRequest))]
[JsonSerializable(typeof(ChangeSetDescription))]
[JsonSerializable(typeof(ChangeSetDone))]
[JsonSerializable(typeof(ListChangeSetsRequest))]
[JsonSerializable(typeof(ListChangeSetsResponse))]
[JsonSerializable(typeof(StackRecord))]
[JsonSerializable(typeof(TemplateRecord))]
[JsonSerializable(typeof(ResourceRecord))]
[JsonSerializable(typeof(ResourceState))]
[JsonSerializable(typeof(ResourceContent))]
[JsonSerializable(typeof(WorkRecord))]
[JsonSerializable(typeof(OperationRecord))]
[JsonSerializable(typeof(ExportRecord))]
[JsonSerializable(typeof(ImportRecord))]
[JsonSerializable(typeof(ChangeSetRecord))]
[JsonSerializable(typeof(StackEvent))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(Export.StartResourceScanRequest))]
[JsonSerializable(typeof(Export.StartResourceScanResponse))]
[JsonSerializable(typeof(Export.ResourceScanRequest))]
[JsonSerializable(typeof(Export.ResourceScanDescription))]
[JsonSerializable(typeof(Export.ListResourceScansRequest))]
[JsonSerializable(typeof(Export.ListResourceScansResponse))]
[JsonSerializable(typeof(Export.ListScanResourcesRequest))]
[JsonSerializable(typeof(Export.ListScanResourcesResponse))]
[JsonSerializable(typeof(Export.CreateGeneratedTemplateRequest))]
[JsonSerializable(typeof(Export.UpdateGeneratedTemplateRequest))]
[JsonSerializable(typeof(Export.RelatedResourcesRequest))]
[JsonSerializable(typeof(Export.RelatedResourcesResponse))]
[JsonSerializable(typeof(Export.GeneratedTemplateId))]
[JsonSerializable(typeof(Export.GeneratedTemplateRequest))]
[JsonSerializable(typeof(Export.GeneratedTemplateDescription))]
[JsonSerializable(typeof(Export.GetGeneratedTemplateResponse))]
[JsonSerializable(typeof(Export.ListGeneratedTemplatesResponse))]
[JsonSerializable(typeof(Export.ScanRecord))]
[JsonSerializable(typeof(Export.GeneratedTemplateRecord))]
internal sealed partial class CloudFormationJson : JsonSerializerContext;

/// <summary>`2024-01-01T00:00:00.000Z`, as CloudFormation writes times.</summary>
internal sealed class IsoMillisecondsConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => DateTimeOffset.Parse(reader.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        => writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
}
