<?php
/**
 * A site's tables: read page by page, written beside the ones in use, put in their place at once.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL -- whole tables are moved; names are checked.

/**
 * Tables of one site.
 *
 * New content is written into tables beside those in use ("new"). One RENAME TABLE, which MySQL does at once or not
 * at all, puts them in place; so a site never serves half of one state and half of another.
 */
final class Tables {

	private const NEW_MARK = 'bbn_';
	private const OLD_MARK = 'bbo_';
	private const ROWS     = 200;
	private const BYTES    = 500000;

	private string $prefix;

	/**
	 * The tables of a site.
	 *
	 * @param int $site_id The site's id.
	 */
	public function __construct( private int $site_id ) {
		global $wpdb;
		$this->prefix = $wpdb->get_blog_prefix( $site_id );
	}

	/**
	 * Their names without the site's prefix, in order.
	 *
	 * @return string[]
	 */
	public function names(): array {
		$names = array_filter(
			$this->beginning( '' ),
			static fn( string $name ) => ! str_starts_with( $name, self::NEW_MARK ) && ! str_starts_with( $name, self::OLD_MARK )
		);
		sort( $names );
		return array_values( $names );
	}

	/**
	 * A table's full name.
	 *
	 * @param string $name Its name without the prefix.
	 */
	public function full( string $name ): string {
		return $this->prefix . $name;
	}

	/**
	 * The full name of the table that is to take a table's place.
	 *
	 * @param string $name The table's name without the prefix.
	 */
	public function new_full( string $name ): string {
		return $this->marked( self::NEW_MARK, $name );
	}

	/**
	 * How a table is made, for a table of any name.
	 *
	 * @param string $name The table's name without the prefix.
	 */
	public function definition( string $name ): string {
		$row = Database::rows( 'SHOW CREATE TABLE `' . $this->full( $name ) . '`' )[0];
		$sql = preg_replace( '/^CREATE TABLE `[^`]+`/', 'CREATE TABLE %TABLE%', $row['Create Table'] );
		return self::without_foreign_keys( (string) preg_replace( '/ AUTO_INCREMENT=\d+/', '', $sql ) );
	}

	/**
	 * The first table behind a table; null when there is none.
	 *
	 * @param string $name A table's name without the prefix; empty for the very first.
	 */
	public function behind( string $name ): ?string {
		foreach ( $this->names() as $next ) {
			if ( strcmp( $next, $name ) > 0 ) {
				return $next;
			}
		}
		return null;
	}

	/**
	 * How much of all tables stands before a table, between 0 and 1.
	 *
	 * @param string $name A table's name without the prefix.
	 */
	public function share_before( string $name ): float {
		$names = $this->names();
		return count( array_filter( $names, static fn( string $one ) => strcmp( $one, $name ) < 0 ) ) / max( 1, count( $names ) );
	}

	/**
	 * Makes the table that is to take a table's place, empty.
	 *
	 * @param string $name       The table's name without the prefix.
	 * @param string $definition As `definition()` gave it.
	 */
	public function make_new( string $name, string $definition ): void {
		$new = $this->new_full( $name );
		Database::write( "DROP TABLE IF EXISTS `$new`" );
		// An archive may be older than the rule that definitions have none.
		Database::write( str_replace( 'CREATE TABLE %TABLE%', "CREATE TABLE `$new`", self::without_foreign_keys( $definition ) ) );
	}

	/**
	 * The next rows of a table, by its primary key.
	 *
	 * @param string     $name  The table's name without the prefix.
	 * @param array|null $after The key of the last row that was read; null at the beginning.
	 * @param string     $where A condition on the rows.
	 * @return array{rows: array, after: array|null} `after` is null when these are the last.
	 */
	public function rows( string $name, ?array $after, string $where = '1 = 1' ): array {
		$table = $this->full( $name );
		$keys  = Database::primary_key( $table );
		if ( ! $keys ) {
			// Without a key there is no order to go on in; such tables are few and small.
			return array(
				'rows'  => Database::rows( "SELECT * FROM `$table` WHERE $where" ),
				'after' => null,
			);
		}
		$columns = '`' . implode( '`, `', $keys ) . '`';
		if ( null !== $after ) {
			$values = implode( ', ', array_map( array( Database::class, 'literal' ), $after ) );
			$where .= " AND ($columns) > ($values)";
		}
		$rows = Database::rows( "SELECT * FROM `$table` WHERE $where ORDER BY $columns LIMIT " . self::ROWS );
		$last = end( $rows );
		return array(
			'rows'  => $rows,
			'after' => count( $rows ) < self::ROWS ? null : array_map( static fn( $key ) => $last[ $key ], $keys ),
		);
	}

	/**
	 * Writes rows into the table that is to take a table's place. Written twice they are there once.
	 *
	 * @param string $name The table's name without the prefix.
	 * @param array  $rows Rows by column.
	 */
	public function write_new( string $name, array $rows ): void {
		$new   = $this->new_full( $name );
		$head  = "REPLACE INTO `$new` (`";
		$lines = array();
		if ( ! Database::primary_key( $new ) ) {
			// Nothing tells such rows apart; all of them come at once.
			Database::write( "DELETE FROM `$new`" );
		}
		$bits = array_flip( Database::column( "SHOW COLUMNS FROM `$new` WHERE Type LIKE 'bit(%'" ) );
		$size = 0;
		foreach ( $rows as $row ) {
			$numbers = array_map( array( Database::class, 'number' ), array_intersect_key( $row, $bits ) );
			$line    = '(' . implode( ', ', array_replace( array_map( array( Database::class, 'literal' ), $row ), $numbers ) ) . ')';
			$columns = implode( '`, `', array_keys( $row ) );
			if ( $lines && $size + strlen( $line ) > self::BYTES ) {
				Database::write( "$head$columns`) VALUES " . implode( ', ', $lines ) );
				$lines = array();
				$size  = 0;
			}
			$lines[] = $line;
			$size   += strlen( $line );
		}
		if ( $lines ) {
			Database::write( "$head$columns`) VALUES " . implode( ', ', $lines ) );
		}
	}

	/**
	 * Puts the new tables in the place of those in use, all at once. What has no new one goes. Done twice it is done once.
	 *
	 * @throws Refusal 500 when the new ones are no whole site.
	 */
	public function swap(): void {
		$new = $this->beginning( self::NEW_MARK );
		if ( $new ) {
			if ( array_diff( array( self::NEW_MARK . 'options', self::NEW_MARK . 'posts' ), $new ) ) {
				throw new Refusal( 500, 'bbws_no_whole_site', 'The new tables are no whole site; those in use stay.' );
			}
			$this->drop( self::OLD_MARK );
			$moves = array();
			foreach ( $this->names() as $name ) {
				$moves[] = '`' . $this->full( $name ) . '` TO `' . $this->marked( self::OLD_MARK, $name ) . '`';
			}
			foreach ( $new as $name ) {
				$moves[] = '`' . $this->full( $name ) . '` TO `' . $this->full( substr( $name, strlen( self::NEW_MARK ) ) ) . '`';
			}
			Database::write( 'RENAME TABLE ' . implode( ', ', $moves ) );
		}
		$this->drop( self::OLD_MARK );
		wp_cache_flush();
	}

	/**
	 * Whether there is a table that is to take a table's place.
	 *
	 * @param string $name The table's name without the prefix.
	 */
	public function has_new( string $name ): bool {
		return in_array( self::NEW_MARK . $name, $this->beginning( self::NEW_MARK ), true );
	}

	/**
	 * Drops what a job that never came to its end has left.
	 */
	public function forget_new(): void {
		$this->drop( self::NEW_MARK );
	}

	/**
	 * Whether core takes the site for one: it makes the posts last, and drops them first.
	 */
	public function are_whole(): bool {
		return in_array( 'posts', $this->beginning( 'posts' ), true );
	}

	/**
	 * Drops the tables of a site that is to go, but for those that core drops itself where they are whole. The posts in
	 * them go: core would delete them one by one with the user who wrote them.
	 */
	public function forget(): void {
		global $wpdb;
		if ( is_main_site( $this->site_id ) ) {
			return;
		}
		$this->drop( '', $this->are_whole() ? $wpdb->tables( 'blog', false ) : array() );
		foreach ( array_intersect( $this->beginning( '' ), array( 'posts', 'links' ) ) as $name ) {
			Database::write( 'TRUNCATE TABLE `' . $this->full( $name ) . '`' );
		}
	}

	/**
	 * A definition without its foreign keys: their names are unique in a database, so no second table can have them.
	 *
	 * @param string $definition How a table is made.
	 */
	private static function without_foreign_keys( string $definition ): string {
		return (string) preg_replace( '/,\s*\n\s*CONSTRAINT `(?:[^`]|``)+` FOREIGN KEY [^\n]*?(?=,?\n)/', '', $definition );
	}

	/**
	 * The tables whose names begin with something behind the site's prefix, without that prefix. Views are no tables.
	 *
	 * @param string $mark What they begin with.
	 * @return string[]
	 */
	private function beginning( string $mark ): array {
		global $wpdb;
		$names = array();
		foreach ( Database::rows( $wpdb->prepare( 'SHOW FULL TABLES LIKE %s', $wpdb->esc_like( $this->prefix . $mark ) . '%' ) ) as $row ) {
			list( $table, $kind ) = array_values( $row );
			if ( 'BASE TABLE' === $kind ) {
				$names[] = substr( $table, strlen( $this->prefix ) );
			}
		}
		return $names;
	}

	/**
	 * Drops the tables with a mark, also those that others of them refer to.
	 *
	 * @param string   $mark The mark.
	 * @param string[] $but  The names of those that stay.
	 */
	private function drop( string $mark, array $but = array() ): void {
		Database::write( 'SET @bbws_checks = @@SESSION.foreign_key_checks, SESSION foreign_key_checks = 0' );
		foreach ( array_diff( $this->beginning( $mark ), $but ) as $name ) {
			Database::write( 'DROP TABLE IF EXISTS `' . $this->full( $name ) . '`' );
		}
		Database::write( 'SET SESSION foreign_key_checks = @bbws_checks' );
	}

	/**
	 * A table's name with a mark.
	 *
	 * @param string $mark The mark.
	 * @param string $name The table's name without the prefix.
	 * @throws Refusal 500 when MySQL would not take so long a name.
	 */
	private function marked( string $mark, string $name ): string {
		$marked = $this->prefix . $mark . $name;
		if ( strlen( $marked ) > 64 ) {
			throw new Refusal( 500, 'bbws_table_name_too_long', "The table $name has too long a name." );
		}
		return $marked;
	}
}
