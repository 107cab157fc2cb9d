<?php
/**
 * How a site is removed.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

use WP_Site;

defined( 'ABSPATH' ) || exit;

/**
 * Removes sites. The site itself goes last: while it is there, a removal that was cut off can be asked for again.
 */
final class Removal {

	/**
	 * Removes a site with all that is its own.
	 *
	 * @param WP_Site $site The site.
	 * @throws Refusal 503 when there was no time for all of it; the next call goes on.
	 */
	public static function of( WP_Site $site ): void {
		$id     = (int) $site->id;
		$until  = microtime( true ) + Job::seconds();
		$tables = new Tables( $id );
		// From now on nobody finds it but who wants it removed.
		delete_site_meta( $id, Site::STATE );
		$tables->forget();
		if ( ! Members::delete( $id, static fn() => microtime( true ) < $until ) ) {
			throw new Refusal( 503, 'bbws_removal_unfinished', 'Not all users of the site are deleted yet; the next call goes on.' );
		}
		Files::forget_site( $id );
		$gone = wp_delete_site( $id );
		if ( is_wp_error( $gone ) ) {
			throw new Refusal( 500, 'bbws_site_not_deleted', $gone->get_error_message() );
		}
	}

	/**
	 * Whether a site is none yet, or none any more: what the API has made and is not ready was cut off in its making or
	 * its removal. Nobody has put anything into it, or wants it. Other sites of the network are never meant.
	 *
	 * @param int $site_id The site's id. Ask under the lock `sites`, or it may be one that is just being made.
	 */
	public static function was_cut_off( int $site_id ): bool {
		$site = Site::managed( $site_id );
		return $site ? ! Site::is_ready( $site ) : self::is_address_alone( $site_id );
	}

	/**
	 * Whether of a site only its address is left, or there was never more: its making was cut off right after core had
	 * written that down, or its removal right before core deletes it.
	 *
	 * @param int $site_id The site's id.
	 */
	public static function is_address_alone( int $site_id ): bool {
		$external_id = Database::surely( static fn() => get_site_meta( $site_id, Site::EXTERNAL_ID, true ) );
		return ! is_main_site( $site_id ) && ! $external_id && ! ( new Tables( $site_id ) )->are_whole();
	}
}
