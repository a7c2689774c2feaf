using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>The JSON contracts of DynamoDB's wire and of what it stores. Items nest 32 levels deep, two JSON levels each.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false, MaxDepth = 256, Converters = [typeof(EpochSecondsConverter)])]
[JsonSerializable(typeof(TableDocument))]
[JsonSerializable(typeof(CreateTableRequest))]
[JsonSerializable(typeof(UpdateTableRequest))]
[JsonSerializable(typeof(TableRequest))]
[JsonSerializable(typeof(TableDescriptionResponse))]
[JsonSerializable(typeof(DescribeTableResponse))]
[JsonSerializable(typeof(ListTablesRequest))]
[JsonSerializable(typeof(ListTablesResponse))]
[JsonSerializable(typeof(TagResourceRequest))]
[JsonSerializable(typeof(UntagResourceRequest))]
[JsonSerializable(typeof(ListTagsOfResourceRequest))]
[JsonSerializable(typeof(ListTagsOfResourceResponse))]
[JsonSerializable(typeof(UpdateTimeToLiveRequest))]
[JsonSerializable(typeof(UpdateTimeToLiveResponse))]
[JsonSerializable(typeof(DescribeTimeToLiveResponse))]
[JsonSerializable(typeof(DescribeContinuousBackupsResponse))]
[JsonSerializable(typeof(DescribeLimitsResponse))]
[JsonSerializable(typeof(DescribeEndpointsResponse))]
[JsonSerializable(typeof(Empty))]
[JsonSerializable(typeof(GetItemRequest))]
[JsonSerializable(typeof(GetItemResponse))]
[JsonSerializable(typeof(PutItemRequest))]
[JsonSerializable(typeof(DeleteItemRequest))]
[JsonSerializable(typeof(UpdateItemRequest))]
[JsonSerializable(typeof(ItemResponse))]
[JsonSerializable(typeof(QueryRequest))]
[JsonSerializable(typeof(ScanRequest))]
[JsonSerializable(typeof(ReadResponse))]
[JsonSerializable(typeof(BatchGetItemRequest))]
[JsonSerializable(typeof(BatchGetItemResponse))]
[JsonSerializable(typeof(BatchWriteItemRequest))]
[JsonSerializable(typeof(BatchWriteItemResponse))]
[JsonSerializable(typeof(TransactWriteItemsRequest))]
[JsonSerializable(typeof(TransactWriteItemsResponse))]
[JsonSerializable(typeof(TransactGetItemsRequest))]
[JsonSerializable(typeof(TransactGetItemsResponse))]
[JsonSerializable(typeof(CancellationReason[]))]
internal sealed partial class DynamoDBJson : JsonSerializerContext;
