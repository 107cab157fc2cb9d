<?php
/**
 * Statements whose failure ends the work.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

defined( 'ABSPATH' ) || exit;

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL -- whole tables are moved; names are checked.

/**
 * What wpdb answers when the database refuses looks like "no rows"; a copy that believed it would end with rows missing.
 */
final class Database {

	/**
	 * The rows that a statement gives, by column.
	 *
	 * @param string $sql The statement.
	 * @return array[]
	 * @throws Refusal 500 when the database refuses it.
	 */
	public static function rows( string $sql ): array {
		global $wpdb;
		$wpdb->last_error = '';
		$rows             = self::untouched( static fn() => $wpdb->get_results( $sql, ARRAY_A ) );
		if ( '' !== $wpdb->last_error || ! is_array( $rows ) ) {
			throw self::refused( $wpdb->last_error );
		}
		return $rows;
	}

	/**
	 * The first column of the rows that a statement gives.
	 *
	 * @param string $sql The statement.
	 * @return array
	 * @throws Refusal 500 when the database refuses it.
	 */
	public static function column( string $sql ): array {
		return array_map( static fn( array $row ) => reset( $row ), self::rows( $sql ) );
	}

	/**
	 * Carries out a statement that gives no rows.
	 *
	 * @param string $sql The statement.
	 * @throws Refusal 500 when the database refuses it.
	 */
	public static function write( string $sql ): void {
		global $wpdb;
		if ( false === self::untouched( static fn() => $wpdb->query( $sql ) ) ) {
			throw self::refused( $wpdb->last_error );
		}
	}

	/**
	 * What core finds, when the database has answered all that it asked: core, too, takes a failure for nothing found.
	 *
	 * @param callable $look Looks for something.
	 * @return mixed What it found.
	 * @throws Refusal 500 when the database refused one of its statements.
	 */
	public static function surely( callable $look ) {
		global $EZSQL_ERROR; // phpcs:ignore WordPress.NamingConventions -- wpdb's list of all that was refused.
		$before = count( (array) $EZSQL_ERROR );
		$found  = $look();
		if ( count( (array) $EZSQL_ERROR ) > $before ) {
			throw self::refused( end( $EZSQL_ERROR )['error_str'] );
		}
		return $found;
	}

	/**
	 * A value as SQL writes it.
	 *
	 * @param string|int|null $value The value.
	 */
	public static function literal( $value ): string {
		global $wpdb;
		if ( null === $value ) {
			return 'NULL';
		}
		if ( '' !== $value && ! mb_check_encoding( (string) $value, 'UTF-8' ) ) {
			return '0x' . bin2hex( $value );
		}
		return "'" . $wpdb->_real_escape( (string) $value ) . "'";
	}

	/**
	 * A number as SQL writes it, for columns of bits: the text '0' has bits of its own, and would be stored as 1.
	 *
	 * @param string|null $value The number, as the database has given it.
	 */
	public static function number( $value ): string {
		return null !== $value && ctype_digit( (string) $value ) ? (string) $value : self::literal( $value );
	}

	/**
	 * The columns of a table's primary key.
	 *
	 * @param string $table The table's full name.
	 * @return string[]
	 */
	public static function primary_key( string $table ): array {
		$keys = self::rows( "SHOW KEYS FROM `$table` WHERE Key_name = 'PRIMARY'" );
		usort( $keys, static fn( $one, $other ) => $one['Seq_in_index'] <=> $other['Seq_in_index'] );
		return wp_list_pluck( $keys, 'Column_name' );
	}

	/**
	 * Asks the database for what it has given itself: wpdb would hold a whole table's text against one character set,
	 * and refuse what another column of that table can well hold.
	 *
	 * @param callable $ask Asks it.
	 * @return mixed
	 */
	private static function untouched( callable $ask ) {
		$any = static fn() => 'binary';
		add_filter( 'pre_get_table_charset', $any );
		try {
			return $ask();
		} finally {
			remove_filter( 'pre_get_table_charset', $any );
		}
	}

	/**
	 * The refusal with what the database said.
	 *
	 * @param string $why What it said.
	 */
	private static function refused( string $why ): Refusal {
		return new Refusal( 500, 'bbws_database_refused', "The database refused: $why" );
	}
}
