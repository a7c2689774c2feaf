import { useCollection } from '@cloudscape-design/collection-hooks'
import { Children, Fragment, isValidElement, useState, type ReactNode } from 'react'
import { Box, Button, Header, Pagination, SpaceBetween, Table, TextFilter, type TableProps } from '../ui'
import { ConfirmDelete } from './confirm'
import { Failure } from './failure'
import type { Loaded } from './load'
import { follow } from './route'

export interface Column<T> {
  id: string
  header: string
  cell: (item: T) => ReactNode
  /** What the column is sorted and filtered by; without it, it is neither. */
  value?: (item: T) => string | number | undefined
  width?: number
}

interface Props<T> {
  title: string
  /** `table` in "Create table", "No tables". */
  noun: string
  nouns?: string
  loaded: Loaded<T[]>
  id: (item: T) => string
  columns: Column<T>[]
  create?: string
  createLabel?: string
  /** Deletes one; then the list offers Delete with a question before. */
  remove?: (item: T) => Promise<unknown>
  removeLabel?: string
  removeWarning?: string
  actions?: (chosen: T[]) => ReactNode
  description?: ReactNode
  empty?: ReactNode
  /** A list inside of a page, not the page itself. */
  variant?: TableProps.Variant
  pageSize?: number
  filterable?: boolean
  footer?: ReactNode
  /** There are more than were read: reads the next. */
  more?: (() => void) | undefined
}

/** A list of things: filter, sort, pages, choose, create, delete. */
export function List<T>(props: Props<T>) {
  const { loaded, columns, noun, id } = props
  const nouns = props.nouns ?? `${noun}s`
  const [deleting, setDeleting] = useState<T[]>()
  const { items, collectionProps, filterProps, filteredItemsCount, paginationProps, actions } = useCollection(loaded.value ?? [], {
    filtering: {
      filteringFunction: (item, text) => !text || columns.some((column) => String(column.value?.(item) ?? '').toLowerCase().includes(text.toLowerCase())),
      empty: <Empty title={loaded.error ? `The ${nouns} could not be read` : `No ${nouns}`} text={loaded.error ? undefined : props.empty} action={props.create && !loaded.error && <Button href={props.create} onFollow={follow as never}>{props.createLabel ?? `Create ${noun}`}</Button>} />,
      noMatch: <Empty title="No matches" text={`No ${noun} fits the filter.`} action={<Button onClick={() => actions.setFiltering('')}>Clear filter</Button>} />,
    },
    pagination: { pageSize: props.pageSize ?? 25 },
    sorting: {},
    selection: props.remove || props.actions ? { keepSelection: false, trackBy: id } : undefined,
  })
  const chosen = (collectionProps.selectedItems ?? []) as T[]
  const definitions: TableProps.ColumnDefinition<T>[] = columns.map((column, index) => ({
    id: column.id,
    header: column.header,
    cell: (item) => column.cell(item) ?? '–',
    isRowHeader: index === 0,
    minWidth: column.width ?? Math.max(110, column.header.length * 9 + 54),
    ...(column.value && { sortingComparator: (a: T, b: T) => compare(column.value!(a), column.value!(b)) }),
  }))
  const count = loaded.value ? `(${chosen.length ? `${chosen.length}/` : ''}${loaded.value.length.toLocaleString('en')}${props.more ? '+' : ''})` : undefined
  return (
    <SpaceBetween size="s">
      <Failure error={loaded.error} />
      <Table
        {...collectionProps}
        items={items}
        columnDefinitions={definitions}
        trackBy={id}
        variant={props.variant ?? 'container'}
        stickyHeader={props.variant === 'full-page'}
        resizableColumns
        loading={loaded.busy && !loaded.value && !loaded.error}
        loadingText={`Loading ${nouns}`}
        selectionType={props.remove || props.actions ? 'multi' : undefined}
        ariaLabels={{
          tableLabel: props.title,
          selectionGroupLabel: `Choose ${nouns}`,
          allItemsSelectionLabel: () => 'Choose all',
          itemSelectionLabel: (_, item) => `Choose ${id(item)}`,
          resizerRoleDescription: 'Resize column',
        }}
        enableKeyboardNavigation
        header={
          <Header
            variant={props.variant === 'full-page' ? 'awsui-h1-sticky' : 'h2'}
            counter={count}
            description={props.description}
            actions={
              <SpaceBetween direction="horizontal" size="xs" alignItems="center">
                <Button iconName="refresh" ariaLabel={`Refresh ${nouns}`} loading={loaded.busy && !!loaded.value} onClick={loaded.reload} />
                {props.remove && (
                  <Button disabled={chosen.length === 0} onClick={() => setDeleting(chosen)}>
                    {props.removeLabel ?? 'Delete'}
                  </Button>
                )}
                {spread(props.actions?.(chosen))}
                {props.create && (
                  <Button variant="primary" href={props.create} onFollow={follow as never}>
                    {props.createLabel ?? `Create ${noun}`}
                  </Button>
                )}
              </SpaceBetween>
            }
          >
            {props.title}
          </Header>
        }
        filter={
          props.filterable !== false && (
            <TextFilter {...filterProps} filteringPlaceholder={`Find ${nouns}`} filteringAriaLabel={`Find ${nouns}`} filteringClearAriaLabel="Clear" countText={`${filteredItemsCount} ${filteredItemsCount === 1 ? 'match' : 'matches'}`} />
          )
        }
        pagination={(loaded.value?.length ?? 0) > (props.pageSize ?? 25) && <Pagination {...paginationProps} ariaLabels={{ nextPageLabel: 'Next page', previousPageLabel: 'Previous page', pageLabel: (page) => `Page ${page}` }} />}
        footer={
          props.footer ?? (props.more && (
            <Box textAlign="center">
              <Button loading={loaded.busy} onClick={props.more}>Show more</Button>
            </Box>
          ))
        }
      />
      {deleting && props.remove && (
        <ConfirmDelete
          names={deleting.map(id)}
          noun={noun}
          nouns={nouns}
          warning={props.removeWarning}
          act={async () => {
            for (const item of deleting) await props.remove!(item)
          }}
          close={(done) => {
            setDeleting(undefined)
            if (done) loaded.reload()
          }}
        />
      )}
    </SpaceBetween>
  )
}

/** A fragment's children one by one, so that they stand as far from each other as the rest. */
const spread = (node: ReactNode): ReactNode => (isValidElement<{ children: ReactNode }>(node) && node.type === Fragment ? Children.toArray(node.props.children) : node)

export const Empty = ({ title, text, action }: { title: string; text?: ReactNode; action?: ReactNode }) => (
  <Box textAlign="center" color="inherit" padding={{ vertical: 'm' }}>
    <SpaceBetween size="xs">
      <b>{title}</b>
      {text && <Box variant="p" color="inherit">{text}</Box>}
      {action}
    </SpaceBetween>
  </Box>
)

function compare(a: string | number | undefined, b: string | number | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true })
}
